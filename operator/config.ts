import { hostname } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../common/logger.ts';

/** Version of this build, as the User-Agent carries it: the bundle replaces the expression. */
export const VERSION = process.env['RESILIENCY_VERSION'] ?? 'development';

/** What `--controllers` may name. `database` brings the other kinds of assets along. */
export const CONTROLLERS = ['database', 'synchronization', 'synchronizationplan'] as const;
export type ControllerName = (typeof CONTROLLERS)[number];

/** The Lease this process competes for. */
export interface LeaseConfig {
  readonly namespace: string;
  readonly name: string;
}

/** A valid command line, defaults filled in. */
export interface OperatorConfig {
  readonly controllers: readonly ControllerName[];
  /** Empty: all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Undefined: no election. */
  readonly lease: LeaseConfig | undefined;
  /** Name of the pod; it stands in the Lease and in events. */
  readonly identity: string;
  /** Undefined: the pod's ServiceAccount, or else the usual places. */
  readonly kubeconfig: string | undefined;
  /** For probes and metrics; 0: any free one. */
  readonly port: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Empty only if no controller needs it. */
  readonly workerImage: string;
}

export type ParsedConfig =
  | { readonly kind: 'run'; readonly config: OperatorConfig }
  | { readonly kind: 'exit'; readonly code: 0 | 2; readonly text: string };

/** What the process finds around it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

interface RawOptions {
  readonly controllers: string;
  readonly watchNamespaces?: string;
  readonly leaderElect: boolean;
  readonly kubeconfig?: string;
  readonly port: string;
  readonly logLevel: string;
  readonly logFormat?: string;
  readonly workerImage?: string;
}

const MAX_PORT = 65_535;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The surroundings of this process. */
export function processSurroundings(): Surroundings {
  return { env: process.env, isTerminal: process.stdout.isTTY };
}

/**
 * Turns a command line into a configuration. All mistakes are told at once, each in a sentence
 * that names the flag, what was found and what is allowed.
 *
 * @param words the arguments, without node and the program
 */
export function parseConfig(words: readonly string[], surroundings: Surroundings): ParsedConfig {
  const command = program();
  const output: string[] = [];
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => output.push(text),
    writeErr: (text) => output.push(text),
  });
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'exit', code: error.exitCode === 0 ? 0 : 2, text: output.join('') };
  }
  return validate(command.opts<RawOptions>(), surroundings);
}

function program(): Command {
  return new Command('resiliency-operator')
    .description('Runs the controllers of the Resiliency Operator.')
    .addHelpText(
      'after',
      '\nschedule "10 * * * *" shows the next runs of a schedule (schedule --help).',
    )
    .version(VERSION)
    .allowExcessArguments(false)
    .addOption(
      new Option('--controllers <names>', `which controllers run here: ${CONTROLLERS.join(', ')}`)
        .default(CONTROLLERS.join(','))
        .argParser(String),
    )
    .option('--watch-namespaces <names>', 'namespaces to look after, by commas (default: all)')
    .option('--leader-elect', 'work only while holding a Lease, so that several can run', false)
    .option('--kubeconfig <file>', 'how to reach the API server (default: the pod’s own account)')
    .option('--port <number>', 'port of /healthz, /readyz and /metrics; 0: any free one', '8080')
    .option('--log-level <level>', LOG_LEVELS.join(', '), 'info')
    .option('--log-format <format>', `${LOG_FORMATS.join(', ')} (default: pretty on a terminal)`)
    .option('--worker-image <image>', 'image of the workers (default: $RELATED_IMAGE_WORKER)');
}

function validate(raw: RawOptions, { env, isTerminal }: Surroundings): ParsedConfig {
  const problems: string[] = [];
  const controllers = [...new Set(listOf(raw.controllers))];
  const names = controllers.filter((name) => isOneOf(CONTROLLERS, name));
  if (names.length < controllers.length || names.length === 0) {
    problems.push(
      complain('--controllers', raw.controllers, `a list of ${CONTROLLERS.join(', ')}`),
    );
  }
  const config: OperatorConfig = {
    controllers: CONTROLLERS.filter((name) => names.includes(name)),
    watchNamespaces: parseNamespaces(raw.watchNamespaces, problems),
    identity: env['POD_NAME'] ?? `${hostname()}-${process.pid}`,
    lease: raw.leaderElect ? parseLease(names, env['POD_NAMESPACE'], problems) : undefined,
    kubeconfig: raw.kubeconfig,
    port: parsePort(raw.port, problems),
    logLevel: parseWord('--log-level', raw.logLevel, LOG_LEVELS, problems) ?? 'info',
    logFormat:
      parseWord('--log-format', raw.logFormat, LOG_FORMATS, problems) ??
      (isTerminal ? 'pretty' : 'json'),
    workerImage: parseWorkerImage(raw.workerImage ?? env['RELATED_IMAGE_WORKER'], names, problems),
  };
  if (problems.length === 0) return { kind: 'run', config };
  return { kind: 'exit', code: 2, text: `${problems.join('\n')}\n` };
}

function parseNamespaces(raw: string | undefined, problems: string[]): readonly string[] {
  const names = raw === undefined ? [] : listOf(raw);
  const isValid = names.every((name) => NAMESPACE.test(name));
  if (!isValid || (raw !== undefined && names.length === 0)) {
    problems.push(complain('--watch-namespaces', raw, 'a list of namespaces, by commas'));
  }
  return names;
}

/** Deployments that run other controllers compete for another Lease. */
function parseLease(
  controllers: readonly string[],
  namespace: string | undefined,
  problems: string[],
): LeaseConfig {
  if (namespace === undefined || !NAMESPACE.test(namespace)) {
    problems.push(
      complain('POD_NAMESPACE (needed by --leader-elect)', namespace, 'the namespace of the Lease'),
    );
  }
  const name = `resiliency-operator-${[...controllers].sort().join('-')}-controller`;
  return { namespace: namespace ?? '', name };
}

function parsePort(raw: string, problems: string[]): number {
  const port = Number(raw);
  if (/^\d+$/.test(raw) && port <= MAX_PORT) return port;
  problems.push(complain('--port', raw, `a number from 0 to ${MAX_PORT}`));
  return 0;
}

function parseWord<W extends string>(
  flag: string,
  raw: string | undefined,
  words: readonly W[],
  problems: string[],
): W | undefined {
  const word = words.find((each) => each === raw);
  if (word === undefined && raw !== undefined) {
    problems.push(complain(flag, raw, `one of ${words.join(', ')}`));
  }
  return word;
}

function parseWorkerImage(
  raw: string | undefined,
  controllers: readonly string[],
  problems: string[],
): string {
  const isNeeded = controllers.includes('synchronization');
  if (isNeeded && (raw === undefined || !/^\S+$/.test(raw))) {
    const flag = '--worker-image (or RELATED_IMAGE_WORKER)';
    problems.push(
      complain(
        flag,
        raw,
        'an image, for example quay.io/astrokube/resiliency-operator-worker:v1.0.0',
      ),
    );
  }
  return raw ?? '';
}

function complain(flag: string, found: string | undefined, allowed: string): string {
  const what = found === undefined ? 'nothing' : JSON.stringify(found);
  return `error: ${flag}: expected ${allowed}; found ${what}`;
}

function listOf(raw: string): readonly string[] {
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isOneOf<W extends string>(words: readonly W[], word: string): word is W {
  return words.some((each) => each === word);
}
