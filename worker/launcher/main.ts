/**
 * Starts the worker: the program beside it, with the code that V8 made of it when it was bundled.
 * Compiling would take longer than everything else before the first request.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdSignals } from '../lifecycle/held-signals.ts';
import { codeFileOf, loadProgram } from './program.ts';

holdSignals(process);
const file = join(__dirname, 'worker.program');
loadProgram(file, { code: codeIfAny() }).run();

/** Without it the worker starts later, and that is all. */
function codeIfAny(): Buffer | null {
  try {
    return readFileSync(codeFileOf(file));
  } catch {
    return null;
  }
}
