/**
 * Runs a bundled program and writes V8's code down when it ends, for `worker/launcher/`.
 *
 * Usage: rehearse.ts <program> <argument>...
 */
import { writeFileSync } from 'node:fs';
import { codeFileOf, loadProgram } from '../../worker/launcher/program.ts';

const [node = '', , file = '', ...words] = process.argv;
const program = loadProgram(file, { code: null });
process.argv = [node, file, ...words];
process.on('exit', () => {
  writeFileSync(codeFileOf(file), program.code());
});
program.run();
