import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { testSeed } from '../testing/seeded-random.ts';

const ORDERS = 5;
/** Of one order, on two processors that nobody else uses. */
const MINUTES_EACH = 15;

const FIRST = testSeed();
const seeds = Array.from({ length: ORDERS }, (_, index) => FIRST + index);
const MINUTES = ORDERS * MINUTES_EACH;
process.stderr.write(`random order: FUZZ_SEED=${FIRST}, about ${MINUTES} minutes\n`);

test.each(seeds)(
  'unit and integration tests pass, and let go of everything, in the order of ORDER_SEED=%d',
  async (seed) => {
    const words = ['--import', 'tsx', 'scripts/test.ts', 'unit', 'integration'];
    const run = promisify(execFile)(process.execPath, words, {
      env: { ...process.env, ORDER_SEED: String(seed), SOAK_PART: '' },
      maxBuffer: Infinity,
    });
    const said = await run.then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stderr}${stdout}`,
    );
    const lastLine = said.trimEnd().split('\n').at(-1) ?? '';
    process.stderr.write(`ORDER_SEED=${seed}: ${lastLine}\n`);
    expect(/^\d+ passed, 0 failed$/.test(lastLine) ? 'passed' : said).toBe('passed');
  },
  10 * MINUTES_EACH * 60_000,
);
