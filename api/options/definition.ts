/** What an option of a worker is: its type, its default, its range and its help. */

interface Common {
  /** The flag, where it is not the option's name in kebab case. */
  readonly flag?: string;
  /** Placeholder of the value in `--help`; in brackets where the flag may stand alone. */
  readonly value: string;
  /** What `--help` says, without the default. */
  readonly help: string;
  /** What `--help` says of the default, where the default itself is not enough; '' for nothing. */
  readonly defaultHelp?: string;
  /** The environment variable that stands in for a flag that is left out. */
  readonly variable?: string;
  /** `forget` takes it, too: it says where the trees are and how to reach them. */
  readonly isForForget?: true;
}

/** True or false; the bare flag means true. */
interface BooleanOption extends Common {
  readonly type: 'boolean';
  readonly default: boolean;
}

interface IntegerOption extends Common {
  readonly type: 'integer';
  readonly default?: number;
  readonly minimum: number;
  readonly maximum?: number;
}

/** One of a few words. */
interface WordOption extends Common {
  readonly type: 'word';
  readonly words: readonly string[];
  readonly default?: string;
}

/** Several of a few words; the flag is repeated. */
interface WordsOption extends Common {
  readonly type: 'words';
  readonly words: readonly string[];
}

/** A text; what it must be is judged where it is used. */
interface TextOption extends Common {
  readonly type: 'text';
}

/** Several texts: `repeated` by a flag each, for a text may hold a comma, or `joined` by commas. */
interface TextsOption extends Common {
  readonly type: 'texts';
  readonly written: 'repeated' | 'joined';
}

export type OptionDefinition =
  BooleanOption | IntegerOption | WordOption | WordsOption | TextOption | TextsOption;

/** A table of options, by name. */
export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** What the value of an option is. */
export type OptionValue<D> = D extends { readonly type: 'boolean' }
  ? boolean
  : D extends { readonly type: 'integer' }
    ? number
    : D extends { readonly type: 'word'; readonly words: readonly (infer W)[] }
      ? W
      : D extends { readonly type: 'words'; readonly words: readonly (infer W)[] }
        ? readonly W[]
        : D extends { readonly type: 'texts' }
          ? readonly string[]
          : string;

/** `deletionMaxPercent` is `--deletion-max-percent`, unless it has a flag of its own. */
export function flagOf(name: string, { flag }: OptionDefinition): string {
  return flag ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** True for an option that is a list. */
export function isList({ type }: OptionDefinition): boolean {
  return type === 'words' || type === 'texts';
}

/** True for a list whose flag stands once for each member. */
export function isRepeated(definition: OptionDefinition): boolean {
  if (definition.type === 'words') return true;
  return definition.type === 'texts' && definition.written === 'repeated';
}

/** What `--help` says of an option. */
export function helpOf(definition: OptionDefinition): string {
  const { help: text, variable, defaultHelp } = definition;
  const help = variable === undefined ? text : `${text}; ${variable}`;
  const fallback = defaultHelp ?? ('default' in definition ? definition.default : undefined);
  return fallback === undefined || fallback === '' ? help : `${help} (default: ${fallback})`;
}
