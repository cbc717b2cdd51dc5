import type { Rule } from '../../api/schema/builders.ts';
import { requiredWithoutDefault, type SchemaNode } from '../../api/schema/node.ts';

/** A CEL rule as a CRD carries it. */
export interface CelValidation {
  readonly rule: string;
  readonly message: string;
}

/** JSON Schema as a CRD carries it (apiextensions.k8s.io/v1 JSONSchemaProps), as far as we use it. */
export type JsonSchema = Omit<
  SchemaNode,
  | 'items'
  | 'properties'
  | 'additionalProperties'
  | `x-${'pattern' | 'rules' | 'option' | 'variants'}`
> & {
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly 'x-kubernetes-validations'?: readonly CelValidation[];
};

/** Copied as they are, in the order in which a reader wants them. */
const PLAIN_KEYS = [
  'description',
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'anyOf',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const satisfies readonly (keyof SchemaNode)[];

/**
 * Turns a schema of ours into what the API server reads: rules become CEL, and what has a default
 * is not required, because old clients check "required" before the server fills defaults in.
 */
export function toJsonSchema(node: SchemaNode): JsonSchema {
  const required = requiredWithoutDefault(node);
  const validations = [...(node['x-rules'] ?? []), ...patternRules(node)].flatMap(celValidation);
  return {
    ...Object.fromEntries(
      PLAIN_KEYS.filter((key) => node[key] !== undefined).map((key) => [key, node[key]]),
    ),
    ...(node.description !== undefined && { description: describe(node) }),
    ...(validations.length > 0 && { 'x-kubernetes-validations': validations }),
    ...(required.length > 0 && { required }),
    ...(node.properties && { properties: mapValues(node.properties, toJsonSchema) }),
    ...(node.additionalProperties && {
      additionalProperties: toJsonSchema(node.additionalProperties),
    }),
    ...(node.items && { items: toJsonSchema(node.items) }),
  };
}

/** `kubectl explain` shows descriptions but no defaults, so those that fit a line stand in both. */
function describe({ description = '', default: value }: SchemaNode): string {
  const short = typeof value !== 'object' && value !== undefined;
  return short
    ? `${description} Default: ${JSON.stringify(value).replaceAll('"', '')}.`
    : description;
}

/**
 * A pattern's refusal quotes a regular expression; the same as CEL gives a sentence beside it. Only
 * where the length is bounded: the API server budgets the cost of a rule by it.
 */
function patternRules({ 'x-pattern': pattern, maxLength }: SchemaNode): Rule<unknown>[] {
  if (!pattern || pattern.spokenByRules || maxLength === undefined) return [];
  const literal = pattern.regex.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return [{ ...pattern, cel: `self.matches('${literal}')` }];
}

/** The API server puts the field's path in front of the message. */
function celValidation({ cel, must, remedy }: Rule<unknown>): CelValidation[] {
  return cel === undefined ? [] : [{ rule: cel, message: `${must}. ${remedy}` }];
}

function mapValues<V, W>(
  record: Readonly<Record<string, V>>,
  map: (value: V) => W,
): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
