import { Command, CommanderError } from 'commander';
import { flagOf, helpOf, isRepeated, type OptionDefinition } from '../../api/options/definition.ts';
import { OPTIONS_FILE_OPTIONS } from '../../api/options/options-file.ts';
import { SYNCHRONIZE_OPTIONS } from '../../api/options/synchronize-options.ts';
import { PROCESS_OPTIONS } from './process-options.ts';

export const COMMANDS = ['synchronize', 'diff', 'forget'] as const;
export type CommandName = (typeof COMMANDS)[number];

const OPTIONS = { ...SYNCHRONIZE_OPTIONS, ...OPTIONS_FILE_OPTIONS, ...PROCESS_OPTIONS };
type OptionName = keyof typeof OPTIONS;

/** A value as it was written; `true` where a flag stands without one. */
export type RawValue = string | true | readonly string[];
export type RawOptions = Readonly<Partial<Record<OptionName, RawValue>>>;

export type ParsedCommandLine =
  | { readonly kind: 'run'; readonly command: CommandName; readonly raw: RawOptions }
  /** Help and version (code 0), or something commander did not understand. */
  | { readonly kind: 'exit'; readonly isError: boolean; readonly text: string };

const DESCRIPTIONS: Readonly<Record<CommandName, string>> = {
  synchronize: "make the destination's tree equal to the source's",
  diff: 'compare the trees and write nothing; exit code 3 if they differ',
  forget:
    'remove what earlier runs left below /.resiliency-operator at the destination, and at the source if it is given; the next run accepts what the destination holds',
};

/** Takes a command line apart; values are not judged yet. */
export function parseCommandLine(words: readonly string[], version: string): ParsedCommandLine {
  const output: string[] = [];
  let parsed: ParsedCommandLine | null = null;
  const program = configure(new Command('resiliency-worker'), output)
    .description('Copies a ZooKeeper tree from one cluster to another.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false);
  for (const command of COMMANDS) {
    addCommand(program, command, output).action((raw: RawOptions) => {
      parsed = { kind: 'run', command, raw };
    });
  }
  try {
    if (words.length === 0) program.help({ error: true });
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const text = output.join('');
    if (error.exitCode === 0) return { kind: 'exit', isError: false, text };
    return { kind: 'exit', isError: true, text: masked(text) };
  }
  return parsed ?? { kind: 'exit', isError: true, text: output.join('') };
}

function addCommand(program: Command, name: CommandName, output: string[]): Command {
  const command = configure(program.command(name), output)
    .description(DESCRIPTIONS[name])
    .helpOption('--help', 'print this help')
    .allowExcessArguments(false);
  for (const [key, definition] of Object.entries<OptionDefinition>(OPTIONS)) {
    if (!isOptionOf(name, key, definition)) continue;
    const flag = flagOf(key, definition);
    const option = command.createOption(`${flag} ${definition.value}`, helpOf(definition));
    // The names of options are not always commander's camel case of the flag.
    option.attributeName = () => key;
    if (isRepeated(definition)) option.argParser(collect);
    command.addOption(option);
  }
  return command;
}

function isOptionOf(command: CommandName, key: string, definition: OptionDefinition): boolean {
  if (key === 'diffFormat') return command === 'diff';
  if (key in OPTIONS_FILE_OPTIONS) return command === 'synchronize';
  if (command !== 'forget' || key in PROCESS_OPTIONS) return true;
  return definition.isForForget === true;
}

/** commander repeats the word that it does not know; what precedes an `@` may be a password. */
function masked(text: string): string {
  return text.replace(/^(error: [^']*'(?:--?[\w-]+=)?).*@/su, '$1***@');
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function configure(command: Command, output: string[]): Command {
  const write = (text: string): void => {
    output.push(text);
  };
  return command
    .exitOverride()
    .showHelpAfterError('Run with --help to see all commands and options.')
    .configureOutput({ writeOut: write, writeErr: write });
}
