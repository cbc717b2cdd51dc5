import { Worker } from 'node:worker_threads';
import { EXIT_CODES, type WorkerResult } from '../api/worker-contract.ts';
import { surviveBrokenOutput } from '../common/broken-output.ts';
import { systemClock } from '../common/clock.ts';
import { createLogger, type Logger } from '../common/logger.ts';
import { logProcessWarnings } from '../common/process-warnings.ts';
import type { CommandName } from './cli/program.ts';
import type { Command } from './commands/command.ts';
import { diff } from './commands/diff.ts';
import { forget } from './commands/forget.ts';
import { synchronize } from './commands/synchronize.ts';
import {
  parseConfig,
  processSurroundings,
  type ParsedConfig,
  type WorkerConfig,
} from './config.ts';
import { takeHeldSignals } from './lifecycle/held-signals.ts';
import { leave } from './lifecycle/leave.ts';
import { deadlineFailure, watchForStop } from './lifecycle/stop-signal.ts';
import { StandardOutput } from './report/standard-output.ts';
import { writeTerminationMessage } from './report/termination-message.ts';
import { emptyResult, mistakeResult, UNDER_WAY } from './report/worker-result.ts';
import type { WatchdogOrders } from './watchdog/beat.ts';
import { endOrderOf, watchOver } from './watchdog/watchdog.ts';

type ParsedExit = Extract<ParsedConfig, { kind: 'exit' }>;

const COMMANDS: Readonly<Record<CommandName, Command>> = { synchronize, diff, forget };

/** Uncaught exceptions end with this in Node, so the contract gives it no other meaning. */
const CRASHED = 1;

const TOLD_TO_END: readonly number[] = [
  EXIT_CODES.Terminated.code,
  EXIT_CODES.DeadlineExceeded.code,
  EXIT_CODES.Stuck.code,
];

// No await here: the bundle is a script, which can be compiled beforehand (`launcher/`).
surviveBrokenOutput(process);
void main(process.argv.slice(2)).then((code) => {
  const { stdout, stderr } = process;
  // A person may read slowly what `diff` prints; the log of a copy is read as it comes. Whoever wants
  // the run to end does not wait for readers.
  const isReadAtLeisure = process.argv[2] === 'diff' && !TOLD_TO_END.includes(code);
  return leave(code, { process, clock: systemClock, outputs: [stdout, stderr], isReadAtLeisure });
});

async function main(words: readonly string[]): Promise<number> {
  const version = process.env['RESILIENCY_VERSION'] ?? 'development';
  const parsed = parseConfig(words, processSurroundings(version));
  if (parsed.kind === 'exit') return tell(parsed);
  const { config } = parsed;
  // What `diff` prints is for the next program in the pipe; its log is for a person beside it.
  const stream = config.command === 'diff' ? process.stderr : process.stdout;
  const logger = createLogger({ level: config.logLevel, format: config.logFormat, stream });
  logProcessWarnings(process, logger);
  logger.info(config.command, { version, ...startFields(config) });
  try {
    const result = await runCommand(config, logger);
    return EXIT_CODES[result.outcome].code;
  } catch (error) {
    logger.error('crashed', { error });
    return CRASHED;
  }
}

/** Help for whoever asks for it. A mistake is told in the log and, for the operator, as a result. */
function tell({ isError, text, terminationMessagePath }: ParsedExit): number {
  (isError ? process.stderr : process.stdout).write(text);
  if (!isError) return EXIT_CODES.Success.code;
  const message = text.trim().replaceAll('\n', ' ');
  try {
    writeTerminationMessage(terminationMessagePath, mistakeResult(message));
  } catch {
    // The exit code says it as well.
  }
  return EXIT_CODES.BadArguments.code;
}

async function runCommand(config: WorkerConfig, logger: Logger): Promise<WorkerResult> {
  const { deadlineMs } = config;
  using stop = watchForStop({
    clock: systemClock,
    logger,
    signals: process,
    deadlineMs,
    wasStopped: () => takeHeldSignals(process).length > 0,
  });
  using watchdog = watchOver({
    clock: systemClock,
    logger,
    signal: stop.signal,
    unknown: emptyResult(UNDER_WAY),
    start: isHeldByPerson() ? null : (result) => startWatchdog(config, result),
  });
  const output = new StandardOutput(process.stdout);
  const context = { config, clock: systemClock, logger, stop, output, watchdog };
  const result = await COMMANDS[config.command](context);
  // A disk that hangs must not keep the run here: it is watched, and can be stopped, until it is told.
  report(result, config, logger);
  return result;
}

/** At a terminal a person may hold the output (Ctrl-S), and with it the process, as long as they like. */
function isHeldByPerson(): boolean {
  return process.stdout.isTTY || process.stderr.isTTY;
}

/** The launcher, as a thread, is the watchdog; options of Node's are for the main thread alone. */
function startWatchdog(config: WorkerConfig, result: WorkerResult): Worker {
  const { deadlineMs, terminationMessagePath, logFormat } = config;
  const orders: WatchdogOrders = {
    messagePath: terminationMessagePath,
    logFormat,
    logFd: config.command === 'diff' ? 2 : 1,
    deadline:
      deadlineMs === null
        ? null
        : {
            leftMs: deadlineMs - systemClock.monotonicMs(),
            order: endOrderOf(deadlineFailure(deadlineMs)),
          },
    result,
  };
  return new Worker(process.argv[1] ?? '', { workerData: orders, execArgv: [] });
}

/** The last line of the log is the result, whole; the termination message may be shortened. */
function report(result: WorkerResult, config: WorkerConfig, logger: Logger): void {
  const isGood = EXIT_CODES[result.outcome].finality === 'success';
  const level = isGood || result.outcome === 'Differences' ? 'info' : 'error';
  try {
    writeTerminationMessage(config.terminationMessagePath, result);
  } catch (error) {
    logger.warn('termination message not written', { path: config.terminationMessagePath, error });
  }
  logger[level]('summary', { outcome: result.outcome, text: result.message });
  logger[level]('result', { result });
}

function startFields(config: WorkerConfig): Record<string, unknown> {
  const side = ({ servers, chroot }: WorkerConfig['source']): string => servers.join(',') + chroot;
  return {
    rootPath: config.rootPath,
    ...(config.source.servers.length === 0 ? {} : { source: side(config.source) }),
    destination: side(config.destination),
    writerId: config.writerId,
    ...(config.driver === 'pipelined' ? {} : { driver: config.driver }),
    ...(config.excludePaths.length === 0 ? {} : { exclude: config.excludePaths }),
    ...(config.nodeTypeRules.length === 0 ? {} : { nodeTypes: config.nodeTypeRules }),
    ...(config.dryRun ? { dryRun: true } : {}),
    ...(config.command === 'forget' ? {} : config.rateLimits),
  };
}
