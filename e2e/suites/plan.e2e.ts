import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { slotName } from '../../api/names.ts';
import { eventually } from '../../zookeeper/testing/index.ts';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { connectReferee, type Referee } from '../support/referee.ts';
import {
  createUserNamespace,
  type SeenSynchronization,
  type UserNamespace,
} from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(150_000);

const NAMESPACE = 'plan';
const ROOT = '/plan-e2e';
const PLAN = 'every-minute';
const MINUTE_MS = 60_000;

/** How many slots are waited for. */
const SLOTS = 3;

/** How many of them stay. */
const HISTORY = 2;

interface SeenPlan {
  readonly metadata: { readonly creationTimestamp: string };
  readonly status?: {
    readonly active?: readonly unknown[];
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
    readonly nextScheduleTime?: string;
  };
}

describe('a plan for every minute', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let slots: readonly Date[];
  /** Every Synchronization that was ever seen, as it was seen last. */
  const seen = new Map<string, SeenSynchronization>();
  let kept: readonly string[];

  beforeAll(async () => {
    installation = await installOperator();
    user = await createUserNamespace(installation, NAMESPACE);
    source = await connectReferee(addressOf(installation.cluster.source));
    destination = await connectReferee(addressOf(installation.cluster.destination));
    await source.removeTree(ROOT);
    await source.put(`${ROOT}/round`, '0');
    await user.applyDatabases();
    await installation.kubectl.run(['-n', NAMESPACE, 'apply', '-f', '-'], plan());
    const { metadata } = await getPlan();
    slots = slotsAfter(new Date(metadata.creationTimestamp));
    kept = await followUntilTrimmed();
  }, 500_000);

  afterAll(async () => {
    source.close();
    destination.close();
    await user.remove();
  });

  const getPlan = (): Promise<SeenPlan> =>
    installation.kubectl.get(['-n', NAMESPACE, 'synchronizationplan', PLAN]);

  /** Changes the source once for each slot; gives back the names that are left in the end. */
  async function followUntilTrimmed(): Promise<string[]> {
    return eventually(
      async () => {
        const { items } = await installation.kubectl.get<{ items: SeenSynchronization[] }>([
          ...['-n', NAMESPACE, 'synchronizations'],
        ]);
        for (const item of items) {
          if (!seen.has(item.metadata.name)) await source.set(`${ROOT}/round`, `${seen.size + 1}`);
          seen.set(item.metadata.name, item);
        }
        const isOver = seen.size >= SLOTS && items.length <= HISTORY && items.every(hasSucceeded);
        return isOver && items.map(({ metadata }) => metadata.name).sort();
      },
      {
        timeoutMs: (SLOTS + 1) * MINUTE_MS + 90_000,
        intervalMs: 1_000,
        description: `${SLOTS} slots, all but ${HISTORY} of them trimmed`,
      },
    );
  }

  test('makes one Synchronization a minute, named by its slot', () => {
    expect([...seen.keys()].sort()).toEqual(slots.map((slot) => slotName(PLAN, slot)));
  });

  test('each of them copies', () => {
    expect([...seen.values()].filter((each) => !hasSucceeded(each))).toEqual([]);
  });

  test('what changed between two slots has arrived with the later one', async () => {
    const arrived = await destination.readTree(ROOT);
    const round = Buffer.from(arrived[`${ROOT}/round`] ?? '', 'base64').toString();

    expect(Number(round)).toBeGreaterThanOrEqual(SLOTS - 1);
  });

  test('the history is trimmed from its old end, Jobs included', async () => {
    expect(kept).toEqual(slots.slice(-HISTORY).map((slot) => slotName(PLAN, slot)));

    await eventually(
      async () => (await user.kubectl('get', 'jobs', '-o', 'name')).trim().split('\n').length === 2,
      { timeoutMs: 30_000, intervalMs: 500, description: 'as many Jobs as Synchronizations' },
    );
  });

  test('its status says when it ran last and will run next', async () => {
    const { status } = await getPlan();
    const last = slots.at(-1)!;

    expect(status?.active ?? []).toEqual([]);
    expect(new Date(status?.lastScheduleTime ?? '')).toEqual(last);
    expect(new Date(status?.nextScheduleTime ?? '')).toEqual(new Date(last.getTime() + MINUTE_MS));
    expect(status?.lastSuccessfulTime).toBe(seen.get(slotName(PLAN, last))?.status?.completionTime);
  });
});

/** The first slots of a plan made at this time. */
function slotsAfter(creation: Date): readonly Date[] {
  const first = Math.floor(creation.getTime() / MINUTE_MS) + 1;
  return Array.from({ length: SLOTS }, (_, index) => new Date((first + index) * MINUTE_MS));
}

function hasSucceeded({ status }: SeenSynchronization): boolean {
  return (status?.conditions ?? []).some(
    (condition) => condition.type === 'Succeeded' && condition.status === 'True',
  );
}

function plan(): string {
  return JSON.stringify({
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'SynchronizationPlan',
    metadata: { name: PLAN },
    spec: {
      schedule: '*/1 * * * *',
      successfulSynchronizationsHistoryLimit: HISTORY,
      template: {
        spec: {
          plugin: 'zookeeper-to-zookeeper-nodes',
          config: {
            sourceName: 'zookeeper-source',
            destinationName: 'zookeeper-destination',
            rootPath: ROOT,
          },
        },
      },
    },
  });
}
