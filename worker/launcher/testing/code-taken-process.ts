/**
 * Says whether V8 takes the code that lies beside a bundled program, without running it.
 *
 * Usage: code-taken-process.ts <program>
 */
import { readFileSync } from 'node:fs';
import { codeFileOf, loadProgram } from '../program.ts';

const [, , file = ''] = process.argv;
const { isCodeTaken } = loadProgram(file, { code: readFileSync(codeFileOf(file)) });
process.stdout.write(`${isCodeTaken}\n`);
