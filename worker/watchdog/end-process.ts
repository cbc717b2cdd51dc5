import { write } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EXIT_CODES, type WorkerResult } from '../../api/worker-contract.ts';
import { logLine } from '../../common/log-line.ts';
import { terminationMessage } from '../report/termination-message.ts';
import type { WatchdogOrders } from './beat.ts';

/** What is needed of the inspector's session with the main thread. */
export interface MainThread {
  post(method: 'Runtime.evaluate', params: { readonly expression: string }): void;
}

export interface EndProcessOptions {
  readonly orders: Pick<WatchdogOrders, 'messagePath' | 'logFormat' | 'logFd'>;
  readonly main: MainThread;
  readonly kill: () => void;
}

/** The disk may be what does not answer: then the process ends without its last words. */
const WRITTEN_WITHIN_MS = 2_000;
const ENDED_WITHIN_MS = 2_000;

/**
 * Ends the process from another thread than the main one, with a report and the exit code for it. A thread
 * cannot end its process, but have the main one do so, even in the midst of a loop without end. Where
 * that waits for the system, which hears nobody, the process is killed. That does nothing to process 1
 * of a container, which Kubernetes kills when its time is over; the report has been written.
 */
export async function endProcess(result: WorkerResult, options: EndProcessOptions): Promise<void> {
  const { orders, main, kill } = options;
  await Promise.race([lastWords(result, orders), pause(WRITTEN_WITHIN_MS)]);
  main.post('Runtime.evaluate', { expression: exitExpression(EXIT_CODES[result.outcome].code) });
  await pause(ENDED_WITHIN_MS);
  kill();
}

/** Node says on standard error, in plain text, that a debugger is still there: nobody is to read that. */
function exitExpression(code: number): string {
  return `try { process.mainModule.require('node:fs').closeSync(2); } finally { process.reallyExit(${code}); }`;
}

async function lastWords(
  result: WorkerResult,
  { messagePath, logFormat, logFd }: EndProcessOptions['orders'],
): Promise<void> {
  // Of what cannot be written nothing can be said either.
  if (messagePath !== null) {
    await writeFile(messagePath, terminationMessage(result)).catch(() => undefined);
  }
  const at = { format: logFormat, time: new Date() };
  const { outcome, message } = result;
  const lines = [
    { message: 'summary', fields: { outcome, text: message } },
    { message: 'result', fields: { result } },
  ].map((entry) => `${logLine({ level: 'error', ...entry }, at)}\n`);
  await promisify(write)(logFd, lines.join('')).catch(() => undefined);
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
