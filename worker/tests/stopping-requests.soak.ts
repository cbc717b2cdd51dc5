import { expect, jest, test } from '@jest/globals';
import {
  countRequests,
  stopAtRequest,
  type HeldSide,
  type Holding,
} from '../testing/held-requests.ts';
import { useTwoClusters } from '../testing/two-clusters.ts';

process.stderr.write('Expected to take 2 to 5 minutes.\n');
jest.setTimeout(900_000);

useTwoClusters();

/** Runs that wait at the same time. */
const AT_ONCE = 8;

/** What may come of a run that is told to stop: it had already given up, or was done. */
const ENDS = ['Terminated', 'SourceUnavailable', 'DestinationUnavailable', 'Success'];

test.each([
  ['source', 'silent'],
  ['source', 'reconnecting'],
  ['destination', 'silent'],
  ['destination', 'reconnecting'],
] as const)(
  'a run ends and says so whichever request it is stopped at, where the %s is %s',
  async (side: HeldSide, how: Holding) => {
    const orders = Array.from({ length: await countRequests(side) }, (_, at) => ({
      side,
      at,
      how,
    }));
    let terminated = 0;
    const work = async (): Promise<void> => {
      for (let order = orders.pop(); order !== undefined; order = orders.pop()) {
        const exit = await stopAtRequest(order);
        if (exit === null) continue;
        expect(exit.stderr).toBe('');
        expect(ENDS).toContain(exit.result?.outcome);
        expect(JSON.parse(exit.terminationMessage ?? '')).toEqual(exit.result);
        if (exit.result?.outcome === 'Terminated') terminated += 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(terminated).toBeGreaterThan(10);
  },
);
