import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { errorCodes } from '../../zookeeper/testing/index.ts';
import { REFUSABLE, RefusedRuns, type Refusal } from '../testing/refused-runs.ts';

const SETUP_TIMEOUT_MS = 600_000;

let runs: RefusedRuns;

beforeAll(async () => {
  runs = await RefusedRuns.start();
}, SETUP_TIMEOUT_MS);

afterAll(() => runs[Symbol.asyncDispose]());

/** What is tried again until there is no time left. The long form tries it, too. */
const LASTING = new Set(['createSession', 'auth', 'ping']);
const THROTTLED = -127;

/** Each request of each side, each with another error. */
function sample(): readonly Refusal[] {
  const codes = errorCodes.map(({ code }) => code).filter((code) => code !== THROTTLED);
  const all = (['source', 'destination'] as const).flatMap((side) =>
    REFUSABLE[side].map((request) => ({ side, request })),
  );
  return all
    .map((each, index) => ({ ...each, code: codes[(index * 7) % codes.length] ?? 0 }))
    .filter(({ request }) => !LASTING.has(request));
}

test.each(sample())(
  'the error $code in answer to $request of the $side ends a run by name, or harms nothing',
  async (refusal) => {
    const { faults, count } = await runs.run(refusal);
    expect(faults).toEqual([]);
    expect(count).toBeGreaterThan(0);
  },
);

test('no request of a run is left out here', async () => {
  for (const side of ['source', 'destination'] as const) {
    const { asked, faults } = await runs.run({ side, request: 'none', code: 0 });
    expect(faults).toEqual([]);
    const kinds = REFUSABLE[side].map((request) => request.split(',')[0]);
    expect([...asked].sort()).toEqual([...new Set(kinds)].sort());
  }
});
