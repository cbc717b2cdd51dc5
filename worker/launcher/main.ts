/**
 * Starts the worker: the program beside it, with the code that V8 made of it when it was bundled.
 * Compiling would take longer than everything else before the first request. As a thread of that program
 * it is its watchdog: that way it needs no other file, and shares nothing that could block.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { holdSignals } from '../lifecycle/held-signals.ts';
import { watchThread } from '../watchdog/watch-thread.ts';
import { codeFileOf, loadProgram } from './program.ts';

if (isMainThread) launch();
else void watchThread();

function launch(): void {
  holdSignals(process);
  const file = join(__dirname, 'worker.program');
  loadProgram(file, { code: codeIfAny(file) }).run();
}

/** Without it the worker starts later, and that is all. */
function codeIfAny(file: string): Buffer | null {
  try {
    return readFileSync(codeFileOf(file));
  } catch {
    return null;
  }
}
