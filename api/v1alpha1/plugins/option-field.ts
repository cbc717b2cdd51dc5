import {
  choice,
  flag,
  integer,
  type TBoolean,
  type TEnum,
  type TInteger,
} from '../../schema/builders.ts';
import type { OptionDefinition, OptionValue } from '../../options/definition.ts';
import { SYNCHRONIZE_OPTIONS, type SynchronizeOption } from '../../options/synchronize-options.ts';

type Table = typeof SYNCHRONIZE_OPTIONS;
type Definition<N extends SynchronizeOption> = Table[N];

/** Options that a field alone can say: a list or a text has rules of its own. */
type SimpleOption = {
  [N in SynchronizeOption]: Definition<N>['type'] extends 'boolean' | 'integer' | 'word'
    ? N
    : never;
}[SynchronizeOption];

type FieldOf<N extends SimpleOption> = Definition<N>['type'] extends 'boolean'
  ? TBoolean
  : Definition<N>['type'] extends 'integer'
    ? TInteger
    : TEnum<Extract<OptionValue<Definition<N>>, string>[]>;

interface FieldText {
  readonly description: string;
  /** The field has no default of its own: the worker's may change with its version. */
  readonly isLeftOpen?: boolean;
}

/**
 * The field of a config that sets an option of the worker: type, default and range are the option's,
 * and the operator passes its value on (see `arguments-of-config.ts`).
 */
export function optionField<N extends SimpleOption>(
  name: N,
  { description, isLeftOpen = false }: FieldText,
): FieldOf<N> {
  return fieldOf(
    SYNCHRONIZE_OPTIONS[name],
    { description, option: { name } },
    isLeftOpen,
  ) as FieldOf<N>;
}

function fieldOf(
  definition: OptionDefinition,
  about: { readonly description: string; readonly option: { readonly name: string } },
  isLeftOpen: boolean,
): TBoolean | TInteger | TEnum<string[]> {
  const withDefault = <V>(value: V | undefined) =>
    isLeftOpen || value === undefined ? about : { ...about, default: value };
  switch (definition.type) {
    case 'boolean':
      return flag(withDefault(definition.default));
    case 'integer': {
      const { minimum, maximum } = definition;
      return integer({
        ...withDefault(definition.default),
        minimum,
        ...(maximum === undefined ? {} : { maximum }),
      });
    }
    case 'word':
      return choice(definition.words as [string, ...string[]], withDefault(definition.default));
    default:
      throw new Error(`an option of type ${definition.type} needs a schema of its own`);
  }
}
