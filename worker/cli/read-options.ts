import {
  flagOf,
  isRepeated,
  type OptionDefinition,
  type OptionTable,
  type OptionValue,
} from '../../api/options/definition.ts';
import {
  parseBoolean,
  parseInteger,
  parseWord,
  parseWords,
  type Problems,
} from './parse-values.ts';
import type { RawOptions, RawValue } from './program.ts';

/** A value as it was read; without a default, that of an option that was left out is undefined. */
type ReadValue<D> = D extends { readonly type: 'texts'; readonly written: 'joined' }
  ? RawValue | undefined
  : D extends { readonly default: unknown } | { readonly type: 'words' | 'texts' }
    ? OptionValue<D>
    : OptionValue<D> | undefined;

/** The values of a table of options, by name. */
export type OptionValues<T extends OptionTable> = { readonly [N in keyof T]: ReadValue<T[N]> };

/** Where the values of options are looked for. */
export interface GivenValues {
  readonly raw: RawOptions;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads every option of a table, as its type, its default and its range say. What a text must be is
 * judged where it is used.
 */
export function readOptions<T extends OptionTable>(
  table: T,
  { raw, env = {} }: GivenValues,
  problems: Problems,
): OptionValues<T> {
  const given = raw as Readonly<Record<string, RawValue | undefined>>;
  const entries = Object.entries(table).map(([name, definition]) => {
    const { variable } = definition;
    const isGiven = given[name] !== undefined || variable === undefined;
    const option = isGiven
      ? { calledBy: flagOf(name, definition), raw: given[name] }
      : { calledBy: variable, raw: env[variable] };
    return [name, readOption(definition, option, problems)] as const;
  });
  return Object.fromEntries(entries) as OptionValues<T>;
}

/** An option as it was found. */
interface FoundOption {
  /** The flag, or the variable that stands in for it. */
  readonly calledBy: string;
  readonly raw: RawValue | undefined;
}

function readOption(
  definition: OptionDefinition,
  { calledBy, raw }: FoundOption,
  problems: Problems,
): unknown {
  const text = textOf(raw);
  switch (definition.type) {
    case 'boolean': {
      const { default: fallback } = definition;
      return parseBoolean(calledBy, raw === true ? raw : text, { fallback, problems });
    }
    case 'integer': {
      const {
        minimum: min,
        maximum: max = Number.MAX_SAFE_INTEGER,
        default: fallback,
      } = definition;
      return parseInteger(calledBy, text, { range: { min, max }, fallback, problems });
    }
    case 'word': {
      const { words, default: fallback } = definition;
      return parseWord(calledBy, text, { words, fallback, problems });
    }
    case 'words':
      return parseWords(calledBy, listOf(raw), { words: definition.words, problems });
    case 'texts':
      return isRepeated(definition) ? listOf(raw) : raw;
    case 'text':
      return text;
  }
}

function textOf(raw: RawValue | undefined): string | undefined {
  return typeof raw === 'string' ? raw : undefined;
}

function listOf(raw: RawValue | undefined): readonly string[] {
  return typeof raw === 'object' ? raw : [];
}
