/**
 * The vocabulary every kind is written in. One schema gives the TypeScript types (by inference),
 * the run-time parser (`check.ts`), the CRDs and the API reference (`scripts/generate.ts`), so they
 * cannot drift apart.
 *
 * A property that has a default counts as present in the inferred type, because parsing fills it
 * in; the CRD does not list it as required.
 */
import {
  Array as arrayType,
  Boolean as booleanType,
  Enum as enumType,
  Integer as integerType,
  Object as objectType,
  ObjectOptions,
  Optional as optionalType,
  String as stringType,
  Unsafe as unsafeType,
  type Static,
  type TArray,
  type TBoolean,
  type TEnum,
  type TInteger,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  type TUnsafe,
} from 'typebox';

/** One sentence a value must satisfy, said the same way by the API server (CEL) and by the parser. */
export interface Rule<T> {
  /** Continues the field's name: `must start with "/"`. */
  readonly must: string;
  /** What the user does about it: a whole sentence. */
  readonly remedy: string;
  /** Fields of an object that the rule looks at: these are told when it is broken. */
  readonly about?: readonly (keyof T & string)[];
  /** The judgement at run time; left out where only the API server can judge (`oldSelf`). */
  readonly holds?: (value: T) => boolean;
  /** The same in CEL; left out where it is judged at run time only. */
  readonly cel?: string;
}

/** A regular expression (RE2 and JavaScript alike) and what it means in words. */
export interface Pattern {
  readonly regex: string;
  readonly must: string;
  readonly remedy: string;
  /** True where the rules of the field say which part is wrong, so that no CEL is made of this. */
  readonly spokenByRules?: true;
}

/** The option of a worker that a field sets. */
export interface FieldOption<T = never> {
  readonly name: string;
  /** Writes the value as the worker takes it; left out where that is the value itself. */
  readonly encode?: (value: T) => unknown;
}

/** Schemas of one property, of which the word in another property chooses. */
export interface Variants {
  /** The property that chooses. */
  readonly by: string;
  /** The property that is chosen for; its own schema stands for words that are unknown. */
  readonly of: string;
  readonly schemas: Readonly<Record<string, TSchema>>;
}

interface Options<T, Default = T> {
  readonly option?: FieldOption<T>;
  /** What `kubectl explain` shows: plain sentences. */
  readonly description: string;
  readonly default?: Default;
  readonly rules?: readonly Rule<T>[];
}

type TextOptions = Options<string> & {
  readonly pattern?: Pattern;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: 'date-time';
};

type IntegerOptions = Options<number> & {
  readonly minimum?: number;
  readonly maximum?: number;
};

type ListOptions<T> = Options<T[]> & {
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Property that tells the items apart; makes server-side apply merge item by item. */
  readonly mapKey?: string;
};

function asKeyword<T>(option: FieldOption<T> | undefined): object {
  return option === undefined ? {} : { 'x-option': option };
}

type StructureOptions<P extends TProperties> = Options<
  Static<TObject<P>>,
  Partial<Static<TObject<P>>>
> & { readonly variants?: Variants };

/** A string. Give `maxLength` where a CEL rule looks at it: the API server budgets by it. */
export function text({ pattern, rules, option, ...options }: TextOptions): TString {
  return stringType({
    ...options,
    ...(pattern && { pattern: pattern.regex, 'x-pattern': pattern }),
    ...(rules && { 'x-rules': rules }),
    ...asKeyword(option),
  });
}

/** An RFC 3339 moment, as Kubernetes writes it: `2026-03-28T00:00:00Z`. */
export function timestamp(description: string): TString {
  return text({ description, format: 'date-time' });
}

/** A whole number of at most 53 bits. */
export function integer({ rules, option, ...options }: IntegerOptions): TInteger {
  return integerType({
    format: 'int64',
    ...options,
    ...(rules && { 'x-rules': rules }),
    ...asKeyword(option),
  });
}

/** True or false. */
export function flag({ option, ...options }: Options<boolean>): TBoolean {
  return booleanType({ ...options, ...asKeyword(option) });
}

/** One of a few words. */
export function choice<const V extends string>(
  values: readonly [V, ...V[]],
  { option, ...options }: Options<NoInfer<V>>,
): TEnum<V[]> {
  return enumType([...values], { type: 'string', ...options, ...asKeyword(option) });
}

/** A list of values of one schema. */
export function list<S extends TSchema>(
  items: S,
  { mapKey, rules, option, ...options }: ListOptions<Static<S>>,
): TArray<S> {
  return arrayType(items, {
    ...options,
    ...(mapKey !== undefined && {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': [mapKey],
    }),
    ...(rules && { 'x-rules': rules }),
    ...asKeyword(option),
  });
}

/** A map from free keys to values of one schema. */
export function mapOf<S extends TSchema>(
  values: S,
  options: Options<Record<string, Static<S>>>,
): TUnsafe<Record<string, Static<S>>> {
  return unsafeType({ type: 'object', ...options, additionalProperties: values });
}

/**
 * A structure with named properties. Its default is `{}` or a whole value: the properties' own
 * defaults are filled in afterwards, as the API server does.
 */
export function structure<P extends TProperties>(
  properties: P,
  { rules, variants, ...options }: StructureOptions<P>,
): TObject<P> {
  return objectType(properties, {
    ...options,
    ...(rules && { 'x-rules': rules }),
    ...(variants && { 'x-variants': variants }),
  });
}

/** The same structure with further rules; the original stays as it is. */
export function withRules<P extends TProperties>(
  schema: TObject<P>,
  rules: readonly Rule<Static<TObject<P>>>[],
): TObject<P> {
  const { 'x-rules': own = [], ...options } = ObjectOptions(schema) as {
    'x-rules'?: Rule<never>[];
  };
  return objectType(schema.properties, { ...options, 'x-rules': [...own, ...rules] });
}

/** A structure that Kubernetes itself defines and checks; passed on as it is. */
export function passedOn<T extends object>(description: string): TUnsafe<T> {
  return unsafeType({ type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true });
}

/** A schema from the keywords of another one. */
export function asSchema(keywords: Readonly<Record<string, unknown>>): TSchema {
  return unsafeType({ ...keywords });
}

/** A Kubernetes quantity: `500m`, `1Gi`, 2. */
export function quantity(description: string): TUnsafe<string | number> {
  return unsafeType({
    description,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
    pattern: QUANTITY.regex,
    'x-pattern': QUANTITY,
  });
}

const QUANTITY: Pattern = {
  regex:
    '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
  must: 'must be a Kubernetes quantity',
  remedy: 'Write for example 500m (half a CPU) or 256Mi (memory).',
};

export { optionalType as optional };
export type { Static, TBoolean, TEnum, TInteger, TObject, TSchema, TUnsafe } from 'typebox';
