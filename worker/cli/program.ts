import { Command, CommanderError } from 'commander';
import { LOG_FORMATS, LOG_LEVELS } from '../../common/logger.ts';
import { PRESETS } from '../../api/presets.ts';
import {
  AUTHENTICATIONS,
  REPEATED_ARGUMENTS,
  SYNCHRONIZE_FLAGS,
  type SynchronizeArguments,
} from '../../api/worker-contract.ts';
import { OPTIONS_FLAGS } from '../../api/worker-options.ts';

export const COMMANDS = ['synchronize', 'diff', 'forget'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Flags that are not about the synchronization itself, and so no part of the contract. */
export const PROCESS_FLAGS = {
  diffFormat: '--format',
  driver: '--driver',
  logFormat: '--log-format',
  logLevel: '--log-level',
  terminationMessagePath: '--termination-message-path',
} as const;

type RawKey = keyof SynchronizeArguments | keyof typeof OPTIONS_FLAGS | keyof typeof PROCESS_FLAGS;

/** Values as they were written; `true` where a flag stands without one. */
export type RawOptions = Readonly<Partial<Record<RawKey, string | true | readonly string[]>>>;

export type ParsedCommandLine =
  | { readonly kind: 'run'; readonly command: CommandName; readonly raw: RawOptions }
  /** Help and version (code 0), or something commander did not understand. */
  | { readonly kind: 'exit'; readonly isError: boolean; readonly text: string };

interface FlagHelp {
  /** Placeholder of the value; in brackets if the flag may stand alone. */
  readonly value: string;
  readonly text: string;
}

const DESCRIPTIONS: Readonly<Record<CommandName, string>> = {
  synchronize: "make the destination's tree equal to the source's",
  diff: 'compare the trees and write nothing; exit code 3 if they differ',
  forget:
    'remove what earlier runs left below /.resiliency-operator at the destination, and at the source if it is given; the next run accepts what the destination holds',
};

const FLAG_HELP: Readonly<Record<RawKey, FlagHelp>> = {
  sourceServers: {
    value: '<host:port,…>',
    text: 'servers of the source; a chroot may follow the last',
  },
  destinationServers: {
    value: '<host:port,…>',
    text: 'servers of the destination; a chroot may follow the last',
  },
  rootPath: { value: '<path>', text: 'root of the tree, the same on both sides' },
  sourceCredentialsDir: {
    value: '<dir>',
    text: 'directory with the files "user" and "password", with TLS also "ca.crt", "tls.crt" and "tls.key", for the source (default: none)',
  },
  destinationCredentialsDir: { value: '<dir>', text: 'the same for the destination' },
  sourceAuthentication: {
    value: '<how>',
    text: `${AUTHENTICATIONS.join(', ')}: how to use user and password at the source; Auto is Sasl if the server offers it, otherwise Digest (default: Auto, without a directory None)`,
  },
  destinationAuthentication: { value: '<how>', text: 'the same for the destination' },
  sourceTls: {
    value: '[boolean]',
    text: 'connect to the source with TLS; without "ca.crt", well-known authorities are trusted (default: false)',
  },
  destinationTls: { value: '[boolean]', text: 'the same for the destination' },
  sourceTlsServerName: {
    value: '<name>',
    text: "the name that the certificates of the source's servers must have (default: their host)",
  },
  destinationTlsServerName: { value: '<name>', text: 'the same for the destination' },
  sourceSessionTimeoutSeconds: {
    value: '<seconds>',
    text: 'session timeout to ask the source for, and time to connect in (default: 30)',
  },
  destinationSessionTimeoutSeconds: { value: '<seconds>', text: 'the same for the destination' },
  sourceJuteMaxBufferBytes: {
    value: '<bytes>',
    text: "jute.maxbuffer of the source's servers: no request is larger (default: 1048575, and less if the servers take less)",
  },
  destinationJuteMaxBufferBytes: {
    value: '<bytes>',
    text: 'the same for the destination; if a znode is larger than 1 MiB, the worker finds it by trying',
  },
  writerId: {
    value: '<id>',
    text: 'name of the writer; two writers never write the same tree at once (default: the host name)',
  },
  deadlineSeconds: {
    value: '<seconds>',
    text: 'stop after this long, exit code 45 (default: never)',
  },
  createRootPath: {
    value: '[boolean]',
    text: 'create the root, and the znodes above it, if it is missing (default: true)',
  },
  deletionPolicy: {
    value: '<policy>',
    text: 'Mirror deletes znodes that only the destination has, Keep does not (default: Mirror)',
  },
  deletionMaxPercent: {
    value: '<percent>',
    text: 'refuse to delete more of the destination than this (default: 50) …',
  },
  deletionMinCount: {
    value: '<count>',
    text: '… if it is at least this many znodes (default: 100)',
  },
  allowEmptySource: {
    value: '[boolean]',
    text: 'empty the destination if the source is empty (default: false)',
  },
  destinationDrift: {
    value: '<policy>',
    text: 'Refuse to write if others changed the destination since the last run, or Overwrite it (default: Refuse)',
  },
  excludePaths: {
    value: '<glob>',
    text: 'absolute paths to leave alone on both sides; may be repeated',
  },
  excludePresets: {
    value: '<system>',
    text: `${PRESETS.join(', ')}: leave alone what belongs to one running cluster of it; may be repeated`,
  },
  nodeTypes: {
    value: '<glob=type>',
    text: 'create znodes as containers (=Container), or with a time to live in milliseconds (=TTL:60000); no client can tell which these are; may be repeated, the first match counts',
  },
  maxBufferBytes: {
    value: '<bytes>',
    text: 'differences to keep in memory; the rest goes to a temporary file (default: 67108864)',
  },
  readsPerSecond: {
    value: '<count>',
    text: 'most znodes to read in a second, on each side; 0 for no limit (default: 20000)',
  },
  writesPerSecond: {
    value: '<count>',
    text: 'most znodes to write in a second; 0 for no limit (default: 10000)',
  },
  bytesPerSecond: {
    value: '<bytes>',
    text: 'most bytes of data to read or write in a second, on each side; 0 for no limit (default: 33554432)',
  },
  preserveAcls: {
    value: '[boolean]',
    text: 'copy access control lists (default: true)',
  },
  preserveSequenceCounters: {
    value: '[boolean]',
    text: 'raise the counters of sequential znodes to those of the source (default: true)',
  },
  maxCounterRaise: {
    value: '<count>',
    text: 'how far one counter, or data version, may be raised in a run (default: 1000000)',
  },
  preserveDataVersions: {
    value: '[boolean]',
    text: 'raise data versions to at least those of the source (default: false)',
  },
  sourceWitness: {
    value: '<policy>',
    text: 'Auto leaves a small znode at the source, below /.resiliency-operator, if its user may: it proves to the next run that the source was not set back, so that it need not read all access control lists again; Never leaves none (default: Auto)',
  },
  dryRun: { value: '[boolean]', text: 'report what would be done, write nothing (default: false)' },
  verify: { value: '[boolean]', text: 'read back what was written (default: true)' },
  optionsFile: {
    value: '<file>',
    text: 'read all of the above from this file instead, as JSON: {"command":"synchronize","options":{"root-path":"/a",…}}, named as the flags are …',
  },
  optionsSha256: {
    value: '<hex>',
    text: '… if the SHA-256 of the file is this one',
  },
  diffFormat: {
    value: '<format>',
    text: 'how the differences are printed: text, json (one object a line) or summary (default: text)',
  },
  driver: {
    value: '<driver>',
    text: 'client of ZooKeeper: pipelined, or native, the C library in the npm package zookeeper (default: pipelined)',
  },
  logFormat: {
    value: '<format>',
    text: `${LOG_FORMATS.join(' or ')}; RESILIENCY_LOG_FORMAT (default: pretty on a terminal)`,
  },
  logLevel: {
    value: '<level>',
    text: `${LOG_LEVELS.join(', ')}; RESILIENCY_LOG_LEVEL (default: info)`,
  },
  terminationMessagePath: {
    value: '<file>',
    text: 'file for the result as JSON (default: /dev/termination-log if it exists)',
  },
};

const FLAGS = { ...SYNCHRONIZE_FLAGS, ...OPTIONS_FLAGS, ...PROCESS_FLAGS };

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
  for (const [key, flag] of Object.entries(FLAGS) as [RawKey, string][]) {
    if (!isFlagOf(name, key)) continue;
    const { value, text } = FLAG_HELP[key];
    const option = command.createOption(`${flag} ${value}`, text);
    // The keys of the contract are not always commander's camel case of the flag.
    option.attributeName = () => key;
    if (REPEATED_ARGUMENTS.has(key)) option.argParser(collect);
    command.addOption(option);
  }
  return command;
}

/** What `forget` has to know: where, and how to get there. */
const FORGET_FLAGS: ReadonlySet<RawKey> = new Set<RawKey>([
  ...(['source', 'destination'] as const).flatMap((side) => [
    `${side}Servers` as const,
    `${side}CredentialsDir` as const,
    `${side}Authentication` as const,
    `${side}Tls` as const,
    `${side}TlsServerName` as const,
    `${side}SessionTimeoutSeconds` as const,
    `${side}JuteMaxBufferBytes` as const,
  ]),
  'rootPath',
  'deadlineSeconds',
  ...(Object.keys(PROCESS_FLAGS) as RawKey[]),
]);

function isFlagOf(command: CommandName, key: RawKey): boolean {
  if (key === 'diffFormat') return command === 'diff';
  if (key in OPTIONS_FLAGS) return command === 'synchronize';
  return command !== 'forget' || FORGET_FLAGS.has(key);
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
