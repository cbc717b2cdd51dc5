import { hostname } from 'node:os';
import { PRESETS, type Preset } from '../api/presets.ts';
import {
  AUTHENTICATIONS,
  JUTE_MAX_BUFFER_BYTES,
  SOURCE_WITNESSES,
  SYNCHRONIZE_FLAGS,
  TERMINATION_MESSAGE_PATH,
  type SourceWitnessPolicy,
} from '../api/worker-contract.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../common/logger.ts';
import { checkPlaces } from './cli/check-places.ts';
import { givenOptions } from './cli/options-file.ts';
import { parseNodeTypes } from './cli/parse-node-types.ts';
import {
  parseBoolean,
  parseGlobs,
  parseInteger,
  parseRootPath,
  parseServers,
  parseWord,
  parseWords,
  Problems,
  type IntegerRange,
} from './cli/parse-values.ts';
import {
  parseCommandLine,
  PROCESS_FLAGS,
  type CommandName,
  type RawOptions,
} from './cli/program.ts';
import type { GuardPolicy } from './mirror/guards/guards.ts';
import type { NodeTypeRule } from './tree/node-types.ts';
import { DIFF_FORMATS, type DiffFormat } from './report/print-differences.ts';
import { isWritableFile } from './report/termination-message.ts';
import { DEFAULT_RATE_LIMITS, type RateLimits } from './storage/pacing/rate-limits.ts';
import { DRIVERS, type DriverName } from './storage/session.ts';
import type { SideOptions } from './storage/side.ts';

/** A valid command line, defaults filled in. */
export interface WorkerConfig extends GuardPolicy {
  readonly command: CommandName;
  /** Without servers for a `forget` that was told of none. */
  readonly source: SideOptions;
  readonly destination: SideOptions;
  readonly rootPath: string;
  readonly writerId: string;
  /** null for no deadline. */
  readonly deadlineMs: number | null;
  readonly deletionPolicy: 'Mirror' | 'Keep';
  readonly excludePaths: readonly string[];
  readonly excludePresets: readonly Preset[];
  readonly nodeTypeRules: readonly NodeTypeRule[];
  readonly maxBufferBytes: number;
  /** Of each side. */
  readonly rateLimits: RateLimits;
  /** Carry access control lists over. */
  readonly preserveAcls: boolean;
  /** Raise the counters of sequential znodes. */
  readonly preserveSequenceCounters: boolean;
  readonly maxCounterRaise: number;
  readonly preserveDataVersions: boolean;
  /** Leave a witness at the source where that is allowed. */
  readonly sourceWitness: SourceWitnessPolicy;
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly driver: DriverName;
  /** How `diff` prints what it finds. */
  readonly diffFormat: DiffFormat;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /** null for nowhere. */
  readonly terminationMessagePath: string | null;
}

type ProcessConfig = Pick<
  WorkerConfig,
  'driver' | 'diffFormat' | 'logFormat' | 'logLevel' | 'terminationMessagePath'
>;

export type ParsedConfig =
  | { readonly kind: 'run'; readonly config: WorkerConfig }
  /** Help and version, or a mistake, which is told where the result would be. */
  | {
      readonly kind: 'exit';
      readonly isError: boolean;
      readonly text: string;
      /** As in {@link WorkerConfig}. */
      readonly terminationMessagePath: string | null;
    };

/** What the process finds around it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  readonly version: string;
}

const SESSION_SECONDS: IntegerRange = { min: 1, max: 3_600 };
const DEFAULT_SESSION_SECONDS = 30;
const DEADLINE_SECONDS: IntegerRange = { min: 1, max: 31_622_400 };
const PERCENT: IntegerRange = { min: 0, max: 100 };
const BUFFER_BYTES: IntegerRange = { min: 1024 * 1024, max: 16 * 1024 ** 3 };
const DEFAULT_BUFFER_BYTES = 64 * 1024 * 1024;
const COUNT: IntegerRange = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** The surroundings of this process. */
export function processSurroundings(version: string): Surroundings {
  return { env: process.env, isTerminal: process.stdout.isTTY, version };
}

/**
 * Turns a command line into a configuration. All mistakes are told at once, each in a sentence
 * that names the flag, what was found and what is allowed.
 */
export function parseConfig(words: readonly string[], surroundings: Surroundings): ParsedConfig {
  const parsed = parseCommandLine(words, surroundings.version);
  if (parsed.kind === 'exit') {
    return { ...parsed, terminationMessagePath: terminationMessagePath(pathAmong(words)) };
  }
  const { command } = parsed;
  const path = terminationMessagePath(text(parsed.raw.terminationMessagePath));
  const given = givenOptions(parsed.raw, command);
  if (!given.ok) return mistakes(given.sentences, path);
  const { raw } = given;
  const problems = new Problems();
  const sides = parseSides({ command, raw }, problems);
  checkPlaces(sides, problems);
  const config: WorkerConfig = {
    command,
    ...sides,
    ...parseMirror(raw, problems),
    rateLimits: parseRateLimits(raw, problems),
    ...parseProcess(raw, surroundings, problems),
  };
  if (problems.sentences.length === 0) return { kind: 'run', config };
  return mistakes(problems.sentences, path);
}

function mistakes(sentences: readonly string[], path: string | null): ParsedConfig {
  const text = `${sentences.join('\n')}\n`;
  return { kind: 'exit', isError: true, text, terminationMessagePath: path };
}

/** The flag's value where the words were not understood as a whole. */
function pathAmong(words: readonly string[]): string | undefined {
  const flag = `${PROCESS_FLAGS.terminationMessagePath}=`;
  return words.findLast((word) => word.startsWith(flag))?.slice(flag.length);
}

function terminationMessagePath(given: string | undefined): string | null {
  if (given !== undefined) return given === '' ? null : given;
  return isWritableFile(TERMINATION_MESSAGE_PATH) ? TERMINATION_MESSAGE_PATH : null;
}

function parseSides(
  { command, raw }: { command: CommandName; raw: RawOptions },
  problems: Problems,
): Pick<WorkerConfig, 'source' | 'destination'> {
  const side = (name: 'source' | 'destination'): SideOptions => {
    const seconds = parseInteger(
      SYNCHRONIZE_FLAGS[`${name}SessionTimeoutSeconds`],
      text(raw[`${name}SessionTimeoutSeconds`]),
      { range: SESSION_SECONDS, fallback: DEFAULT_SESSION_SECONDS, problems },
    );
    return {
      ...(command === 'forget' && name === 'source' && raw.sourceServers === undefined
        ? { servers: [], chroot: '' }
        : parseServers(
            SYNCHRONIZE_FLAGS[`${name}Servers`],
            servers(raw[`${name}Servers`]),
            problems,
          )),
      ...parseSecurity(name, raw, problems),
      sessionTimeoutMs: seconds * 1_000,
      juteMaxBufferBytes: parseInteger(
        SYNCHRONIZE_FLAGS[`${name}JuteMaxBufferBytes`],
        text(raw[`${name}JuteMaxBufferBytes`]),
        { range: JUTE_MAX_BUFFER_BYTES, fallback: null, problems },
      ),
    };
  };
  return { source: side('source'), destination: side('destination') };
}

/** What would be ignored is a mistake: the author believes in protection that is not there. */
function parseSecurity(
  name: 'source' | 'destination',
  raw: RawOptions,
  problems: Problems,
): Pick<SideOptions, 'credentialsDir' | 'authentication' | 'tls'> {
  const flags = SYNCHRONIZE_FLAGS;
  const credentialsDir = text(raw[`${name}CredentialsDir`]) ?? null;
  const wanted = text(raw[`${name}Authentication`]);
  const authentication = parseWord(flags[`${name}Authentication`], wanted, {
    words: AUTHENTICATIONS,
    fallback: credentialsDir === null ? 'None' : 'Auto',
    problems,
  });
  if (authentication !== 'None' && credentialsDir === null) {
    const must = `needs ${flags[`${name}CredentialsDir`]} with user and password`;
    problems.add(flags[`${name}Authentication`], wanted, must);
  }
  return { credentialsDir, authentication, tls: parseTls(name, raw, problems) };
}

function parseTls(
  name: 'source' | 'destination',
  raw: RawOptions,
  problems: Problems,
): SideOptions['tls'] {
  const flags = SYNCHRONIZE_FLAGS;
  const isTls = parseBoolean(flags[`${name}Tls`], flagValue(raw[`${name}Tls`]), {
    fallback: false,
    problems,
  });
  const serverName = text(raw[`${name}TlsServerName`]) ?? null;
  if (serverName === '') {
    problems.add(flags[`${name}TlsServerName`], serverName, 'must not be empty');
  } else if (serverName !== null && !isTls) {
    problems.add(flags[`${name}TlsServerName`], serverName, `needs ${flags[`${name}Tls`]}`);
  }
  return isTls ? { serverName } : null;
}

function parseMirror(
  raw: RawOptions,
  problems: Problems,
): Omit<WorkerConfig, 'command' | 'source' | 'destination' | 'rateLimits' | keyof ProcessConfig> {
  const flags = SYNCHRONIZE_FLAGS;
  const bool = (
    key: 'createRootPath' | 'allowEmptySource' | 'dryRun' | 'verify',
    fallback: boolean,
  ) => parseBoolean(flags[key], flagValue(raw[key]), { fallback, problems });
  const integer = (
    key: 'deletionMaxPercent' | 'deletionMinCount' | 'maxBufferBytes',
    range: IntegerRange,
    fallback: number,
  ) => parseInteger(flags[key], text(raw[key]), { range, fallback, problems });
  const deadlineSeconds = parseInteger(flags.deadlineSeconds, text(raw.deadlineSeconds), {
    range: DEADLINE_SECONDS,
    fallback: null,
    problems,
  });
  return {
    rootPath: parseRootPath(flags.rootPath, text(raw.rootPath), problems),
    writerId: parseWriterId(text(raw.writerId), problems),
    deadlineMs: deadlineSeconds === null ? null : deadlineSeconds * 1_000,
    createRootPath: bool('createRootPath', true),
    deletionPolicy: parseWord(flags.deletionPolicy, text(raw.deletionPolicy), {
      words: ['Mirror', 'Keep'] as const,
      fallback: 'Mirror',
      problems,
    }),
    deletionMaxPercent: integer('deletionMaxPercent', PERCENT, 50),
    deletionMinCount: integer('deletionMinCount', COUNT, 100),
    allowEmptySource: bool('allowEmptySource', false),
    destinationDrift: parseWord(flags.destinationDrift, text(raw.destinationDrift), {
      words: ['Refuse', 'Overwrite'] as const,
      fallback: 'Refuse',
      problems,
    }),
    ...parseExclude(raw, problems),
    maxBufferBytes: integer('maxBufferBytes', BUFFER_BYTES, DEFAULT_BUFFER_BYTES),
    ...parsePreserve(raw, problems),
    sourceWitness: parseWord(flags.sourceWitness, text(raw.sourceWitness), {
      words: SOURCE_WITNESSES,
      fallback: 'Auto',
      problems,
    }),
    dryRun: bool('dryRun', false),
    verify: bool('verify', true),
  };
}

/** What is left alone on both sides. */
function parseExclude(
  raw: RawOptions,
  problems: Problems,
): Pick<WorkerConfig, 'excludePaths' | 'excludePresets'> {
  const { excludePaths, excludePresets } = SYNCHRONIZE_FLAGS;
  const presets = { words: PRESETS, problems };
  return {
    excludePaths: parseGlobs(excludePaths, list(raw.excludePaths), problems),
    excludePresets: parseWords(excludePresets, list(raw.excludePresets), presets),
  };
}

const DEFAULT_COUNTER_RAISE = 1_000_000;

/** What is copied of a znode besides its data. */
function parsePreserve(
  raw: RawOptions,
  problems: Problems,
): Pick<
  WorkerConfig,
  | 'preserveAcls'
  | 'preserveSequenceCounters'
  | 'maxCounterRaise'
  | 'preserveDataVersions'
  | 'nodeTypeRules'
> {
  const flags = SYNCHRONIZE_FLAGS;
  const bool = (
    key: 'preserveAcls' | 'preserveSequenceCounters' | 'preserveDataVersions',
    fallback: boolean,
  ) => parseBoolean(flags[key], flagValue(raw[key]), { fallback, problems });
  return {
    preserveAcls: bool('preserveAcls', true),
    preserveSequenceCounters: bool('preserveSequenceCounters', true),
    maxCounterRaise: parseInteger(flags.maxCounterRaise, text(raw.maxCounterRaise), {
      range: COUNT,
      fallback: DEFAULT_COUNTER_RAISE,
      problems,
    }),
    preserveDataVersions: bool('preserveDataVersions', false),
    nodeTypeRules: parseNodeTypes(flags.nodeTypes, list(raw.nodeTypes), problems),
  };
}

function parseRateLimits(raw: RawOptions, problems: Problems): RateLimits {
  const perSecond = (key: keyof RateLimits): number =>
    parseInteger(SYNCHRONIZE_FLAGS[key], text(raw[key]), {
      range: COUNT,
      fallback: DEFAULT_RATE_LIMITS[key],
      problems,
    });
  return {
    readsPerSecond: perSecond('readsPerSecond'),
    writesPerSecond: perSecond('writesPerSecond'),
    bytesPerSecond: perSecond('bytesPerSecond'),
  };
}

const WRITER_ID_MAX_LENGTH = 253;

function parseWriterId(raw: string | undefined, problems: Problems): string {
  if (raw === undefined) return hostname();
  if (raw === '' || raw.length > WRITER_ID_MAX_LENGTH) {
    const must = `must have 1 to ${WRITER_ID_MAX_LENGTH} characters`;
    problems.add(SYNCHRONIZE_FLAGS.writerId, raw, must);
  }
  return raw;
}

function parseProcess(
  raw: RawOptions,
  { env, isTerminal }: Surroundings,
  problems: Problems,
): ProcessConfig {
  const path = text(raw.terminationMessagePath);
  if (path === '') problems.add(PROCESS_FLAGS.terminationMessagePath, path, 'must name a file');
  return {
    diffFormat: parseWord(PROCESS_FLAGS.diffFormat, text(raw.diffFormat), {
      words: DIFF_FORMATS,
      fallback: 'text',
      problems,
    }),
    driver: parseWord(PROCESS_FLAGS.driver, text(raw.driver), {
      words: DRIVERS,
      fallback: 'pipelined',
      problems,
    }),
    logFormat: parseWord(...withFallback('logFormat', 'RESILIENCY_LOG_FORMAT', raw, env), {
      words: LOG_FORMATS,
      fallback: isTerminal ? 'pretty' : 'json',
      problems,
    }),
    logLevel: parseWord(...withFallback('logLevel', 'RESILIENCY_LOG_LEVEL', raw, env), {
      words: LOG_LEVELS,
      fallback: 'info',
      problems,
    }),
    terminationMessagePath: terminationMessagePath(path),
  };
}

/** The flag's name and value, or those of the environment variable that stands in for it. */
function withFallback(
  key: 'logFormat' | 'logLevel',
  variable: string,
  raw: RawOptions,
  env: Surroundings['env'],
): [name: string, value: string | undefined] {
  const value = text(raw[key]);
  return value === undefined ? [variable, env[variable]] : [PROCESS_FLAGS[key], value];
}

function text(value: RawOptions[keyof RawOptions]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function servers(value: RawOptions[keyof RawOptions]): string | readonly string[] | undefined {
  return value === true ? undefined : value;
}

function flagValue(value: RawOptions[keyof RawOptions]): string | true | undefined {
  return value === true ? true : text(value);
}

function list(value: RawOptions[keyof RawOptions]): readonly string[] {
  return typeof value === 'object' ? value : [];
}
