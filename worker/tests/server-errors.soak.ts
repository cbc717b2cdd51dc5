import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { errorCodes, errorCodesOf } from '../../zookeeper/testing/index.ts';
import { REFUSABLE, RefusedRuns, type Refusal } from '../testing/refused-runs.ts';

/** Most runs take less than a second; what is tried again waits. */
const MINUTES = 20;
/** Runs side by side. */
const LANES = 4;

jest.setTimeout(60 * 60_000);
process.stderr.write(`every error in answer to every request: about ${MINUTES} minutes\n`);

let runs: RefusedRuns;

beforeAll(async () => {
  runs = await RefusedRuns.start();
});

afterAll(() => runs[Symbol.asyncDispose]());

test('these are all errors that ZooKeeper has', async () => {
  expect(await errorCodesOf()).toEqual(errorCodes);
});

const requests = (['source', 'destination'] as const).flatMap((side) =>
  REFUSABLE[side].map((request) => ({ side, request })),
);

test.each(requests)(
  'every error in answer to $request of the $side ends a run by name, or harms nothing',
  async (each) => {
    const refusals = errorCodes.map(({ code, name }) => ({ ...each, code, name }));
    const faults: string[] = [];
    await Promise.all(Array.from({ length: LANES }, () => runAll(refusals, faults)));
    expect(faults).toEqual([]);
  },
);

/** Takes the next until none is left. */
async function runAll(
  refusals: (Refusal & { readonly name: string })[],
  faults: string[],
): Promise<void> {
  for (let next = refusals.shift(); next; next = refusals.shift()) {
    const run = await runs.run(next);
    if (run.count === 0) faults.push(`${next.name}: not asked`);
    faults.push(...run.faults.map((fault) => `${next.name}: ${fault}`));
  }
}
