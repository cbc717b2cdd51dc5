/**
 * Changes decisions one by one and looks whether a unit test fails: what can be changed without that is
 * decided by nobody. Prints what lives, and ends with `N killed, N refused by types, N may live, N
 * survived`; with 1 if one survived that may-live.yaml has no reason for, or a reason there is for none
 * that lives.
 *
 * Usage: tsx scripts/mutate/main.ts <file or folder>...
 */
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { bundleTests } from './bundle-tests.ts';
import { refusedByTypes } from './compiler.ts';
import { readMayLive } from './may-live.ts';
import { Tally, worded } from './tally.ts';
import { tryMutants, type Verdict } from './try-mutants.ts';

const MAY_LIVE = 'scripts/mutate/may-live.yaml';
/** What only a test can tell that takes longer deserves one that is quick. */
const MAX_TEST_MS = 500;
const TELL_EVERY = 100;

const named = process.argv.slice(2);
const isTest = /\.(test|soak|e2e)\.ts$|(^|\/)testing\//;
const files = named.length === 0 ? [] : tracked(named).filter((file) => !isTest.test(file));
const unitTests = tracked(['*.test.ts']).filter((file) => !file.endsWith('.integration.test.ts'));
if (files.length === 0) {
  console.error('Name files or folders whose decisions are to be changed.');
  process.exitCode = 2;
} else {
  await main();
}

async function main(): Promise<void> {
  const bundle = await bundleTests(files, unitTests);
  console.log(`${bundle.mutants.length} mutants of ${files.length} files`);
  const verdicts: Verdict[] = [];
  await tryMutants(bundle, {
    maxTestMs: MAX_TEST_MS,
    onLeftOut: (test, why) => {
      console.log(`left out: ${test}: ${why}`);
    },
    onVerdict: (verdict) => {
      verdicts.push(verdict);
      if (verdicts.length % TELL_EVERY === 0) console.log(`${verdicts.length} tried`);
    },
  });
  await rm(bundle.file);
  const tally = new Tally(await readMayLive(MAY_LIVE));
  const lives = verdicts.filter(({ killedBy }) => killedBy === null);
  const refused = refusedByTypes(lives.map(({ mutant }) => mutant));
  for (const verdict of verdicts) {
    const said = tally.add(verdict, refused.has(verdict.mutant));
    if (said !== null) console.log(said);
  }
  for (const line of tally.perFile) console.log(line);
  for (const { why, ...unused } of tally.unused) {
    console.log(`${MAY_LIVE}: lives no longer: ${Object.values(unused).join(': ')} (${why})`);
  }
  console.log(`\n${worded(tally.total)}`);
  process.exitCode = tally.total.survived === 0 && tally.unused.length === 0 ? 0 : 1;
}

/** Files of the repository that a pattern matches, TypeScript only. */
function tracked(patterns: readonly string[]): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--', ...patterns], { encoding: 'utf8' });
  return listed.split('\n').filter((file) => file.endsWith('.ts'));
}
