import { hostname } from 'node:os';
import { flagOf } from '../api/options/definition.ts';
import { COPY_OPTIONS, SIDE_OPTIONS, synchronizeFlag } from '../api/options/synchronize-options.ts';
import { TERMINATION_MESSAGE_PATH } from '../api/worker-contract.ts';
import type { LogFormat, LogLevel } from '../common/logger.ts';
import { checkPlaces } from './cli/check-places.ts';
import { givenOptions } from './cli/options-file.ts';
import { parseNodeTypes } from './cli/parse-node-types.ts';
import { parseGlobs, parseRootPath, parseServers, Problems } from './cli/parse-values.ts';
import { PROCESS_OPTIONS } from './cli/process-options.ts';
import {
  parseCommandLine,
  type CommandName,
  type RawOptions,
  type RawValue,
} from './cli/program.ts';
import { readOptions, type OptionValues } from './cli/read-options.ts';
import type { NodeTypeRule } from './tree/node-types.ts';
import type { DiffFormat } from './report/print-differences.ts';
import { isWritableFile } from './report/termination-message.ts';
import type { RateLimits } from './storage/pacing/rate-limits.ts';
import type { DriverName } from './storage/session.ts';
import type { SideName, SideOptions } from './storage/side.ts';

type SideValues = OptionValues<typeof SIDE_OPTIONS>;
type CopyValues = OptionValues<typeof COPY_OPTIONS>;

/** What is judged further, or has another unit or another name in the configuration. */
type Judged =
  keyof RateLimits | 'rootPath' | 'writerId' | 'deadlineSeconds' | 'excludePaths' | 'nodeTypes';

/** A valid command line, defaults filled in. */
export interface WorkerConfig extends Omit<CopyValues, Judged> {
  readonly command: CommandName;
  /** Without servers for a `forget` that was told of none. */
  readonly source: SideOptions;
  readonly destination: SideOptions;
  readonly rootPath: string;
  readonly writerId: string;
  /** null for no deadline. */
  readonly deadlineMs: number | null;
  readonly excludePaths: readonly string[];
  readonly nodeTypeRules: readonly NodeTypeRule[];
  /** Of each side. */
  readonly rateLimits: RateLimits;
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
    ...parseCopy(raw, problems),
    ...parseProcess(raw, surroundings, problems),
  };
  if (problems.sentences.length === 0) return { kind: 'run', config };
  return mistakes(problems.sentences, path);
}

function mistakes(sentences: readonly string[], path: string | null): ParsedConfig {
  const text = `${sentences.join('\n')}\n`;
  return { kind: 'exit', isError: true, text, terminationMessagePath: path };
}

const TERMINATION_MESSAGE_PATH_FLAG = flagOf(
  'terminationMessagePath',
  PROCESS_OPTIONS.terminationMessagePath,
);

/** The flag's value where the words were not understood as a whole. */
function pathAmong(words: readonly string[]): string | undefined {
  const flag = `${TERMINATION_MESSAGE_PATH_FLAG}=`;
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
  const values = readOptions(SIDE_OPTIONS, { raw }, problems);
  const side = (name: SideName): SideOptions => ({
    ...(command === 'forget' && name === 'source' && raw.sourceServers === undefined
      ? { servers: [], chroot: '' }
      : parseServers(
          synchronizeFlag(`${name}Servers`),
          writtenServers(values[`${name}Servers`]),
          problems,
        )),
    ...parseSecurity(name, values, problems),
    sessionTimeoutMs: values[`${name}SessionTimeoutSeconds`] * 1_000,
    juteMaxBufferBytes: values[`${name}JuteMaxBufferBytes`] ?? null,
  });
  return { source: side('source'), destination: side('destination') };
}

function writtenServers(value: RawValue | undefined): Exclude<RawValue, true> | undefined {
  return value === true ? undefined : value;
}

/** What would be ignored is a mistake: the author believes in protection that is not there. */
function parseSecurity(
  name: SideName,
  values: SideValues,
  problems: Problems,
): Pick<SideOptions, 'credentialsDir' | 'authentication' | 'tls'> {
  const credentialsDir = values[`${name}CredentialsDir`] ?? null;
  const wanted = values[`${name}Authentication`];
  const authentication = wanted ?? (credentialsDir === null ? 'None' : 'Auto');
  if (authentication !== 'None' && credentialsDir === null) {
    const must = `needs ${synchronizeFlag(`${name}CredentialsDir`)} with user and password`;
    problems.add(synchronizeFlag(`${name}Authentication`), wanted, must);
  }
  return { credentialsDir, authentication, tls: parseTls(name, values, problems) };
}

function parseTls(name: SideName, values: SideValues, problems: Problems): SideOptions['tls'] {
  const isTls = values[`${name}Tls`];
  const serverName = values[`${name}TlsServerName`] ?? null;
  const flag = synchronizeFlag(`${name}TlsServerName`);
  if (serverName === '') problems.add(flag, serverName, 'must not be empty');
  else if (serverName !== null && !isTls) {
    problems.add(flag, serverName, `needs ${synchronizeFlag(`${name}Tls`)}`);
  }
  return isTls ? { serverName } : null;
}

type CopyConfig = Pick<
  WorkerConfig,
  | Exclude<keyof CopyValues, Judged>
  | ('rootPath' | 'writerId' | 'deadlineMs' | 'excludePaths' | 'nodeTypeRules' | 'rateLimits')
>;

function parseCopy(raw: RawOptions, problems: Problems): CopyConfig {
  const {
    rootPath,
    writerId,
    deadlineSeconds,
    excludePaths,
    nodeTypes,
    readsPerSecond,
    writesPerSecond,
    bytesPerSecond,
    ...plain
  } = readOptions(COPY_OPTIONS, { raw }, problems);
  return {
    ...plain,
    rootPath: parseRootPath(synchronizeFlag('rootPath'), rootPath, problems),
    writerId: parseWriterId(writerId, problems),
    deadlineMs: deadlineSeconds === undefined ? null : deadlineSeconds * 1_000,
    excludePaths: parseGlobs(synchronizeFlag('excludePaths'), excludePaths, problems),
    nodeTypeRules: parseNodeTypes(synchronizeFlag('nodeTypes'), nodeTypes, problems),
    rateLimits: { readsPerSecond, writesPerSecond, bytesPerSecond },
  };
}

const WRITER_ID_MAX_LENGTH = 253;

function parseWriterId(raw: string | undefined, problems: Problems): string {
  if (raw === undefined) return hostname();
  if (raw === '' || raw.length > WRITER_ID_MAX_LENGTH) {
    const must = `must have 1 to ${WRITER_ID_MAX_LENGTH} characters`;
    problems.add(synchronizeFlag('writerId'), raw, must);
  }
  return raw;
}

function parseProcess(
  raw: RawOptions,
  { env, isTerminal }: Surroundings,
  problems: Problems,
): ProcessConfig {
  const {
    terminationMessagePath: path,
    logFormat,
    ...values
  } = readOptions(PROCESS_OPTIONS, { raw, env }, problems);
  if (path === '') problems.add(TERMINATION_MESSAGE_PATH_FLAG, path, 'must name a file');
  return {
    ...values,
    logFormat: logFormat ?? (isTerminal ? 'pretty' : 'json'),
    terminationMessagePath: terminationMessagePath(path),
  };
}

function text(value: RawValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
