/**
 * Bundles the two programs: dist/operator.js, and dist/worker.js with the program that it starts and
 * the code that V8 made of it. The licences of what is in them stand in dist/<program>.notices.txt.
 *
 * Usage: tsx scripts/bundle/main.ts [operator|worker]...   (default: both)
 */
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { bundleProgram } from './bundle-program.ts';
import { precompile } from './precompile.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

/** What each bundles, and the files that come of it. */
const programs: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  operator: bundleOperator,
  worker: bundleWorker,
};

const named = process.argv.slice(2);
await mkdir('dist', { recursive: true });
await writeFile('dist/package.json', '{"type":"commonjs"}\n');

for (const name of named.length > 0 ? named : Object.keys(programs)) {
  const bundle = programs[name];
  if (!bundle) throw new Error(`no program ${name}: ${Object.keys(programs).join(' or ')}`);
  for (const file of await bundle())
    console.log(`${file} ${((await stat(file)).size / 1e6).toFixed(1)} MB`);
}

async function bundleOperator(): Promise<readonly string[]> {
  const inputs = await bundleProgram('operator/main.ts', 'dist/operator.js', { as: 'commonjs' });
  return ['dist/operator.js', await writeNotices('dist/operator.notices.txt', inputs)];
}

/** A worker starts for every run, so it starts with compiled code. */
async function bundleWorker(): Promise<readonly string[]> {
  const [launcher, program, code] = ['dist/worker.js', 'dist/worker.program', 'dist/worker.code'];
  // V8 tells whose code it is by the length of the program alone: none may lie beside another's.
  await rm(code, { force: true });
  await bundleProgram('worker/launcher/main.ts', launcher, { as: 'commonjs' });
  const inputs = await bundleProgram('worker/main.ts', program, { as: 'function' });
  precompile(program);
  return [launcher, program, code, await writeNotices('dist/worker.notices.txt', inputs)];
}

async function writeNotices(file: string, inputs: readonly string[]): Promise<string> {
  await writeFile(file, await thirdPartyNotices(inputs));
  return file;
}
