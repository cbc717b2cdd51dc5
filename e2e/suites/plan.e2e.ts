import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { slotName } from '../../api/names.ts';
import { eventually } from '../../testing/eventually.ts';
import { findHostAddress, startRelay, type Relay } from '../support/host-servers.ts';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { database, plan, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee } from '../support/referee.ts';
import { look } from '../support/seen-namespace.ts';
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
const CRON_JOB = 'cronjob';
const REPLACING = 'replacing';
const SCHEDULE = '*/1 * * * *';
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
    readonly misses?: { readonly total: number };
  };
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string };
}

describe('a plan for every minute', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let silent: Relay;
  let slots: readonly Date[];
  /** Every Synchronization that was ever seen, as it was seen last. */
  const seen = new Map<string, SeenSynchronization>();
  let kept: readonly string[];
  /** The same of the plan that replaces its runs; and the most pods at once that had not ended. */
  const replaced = new Set<string>();
  let mostPods = 0;

  beforeAll(async () => {
    installation = await installOperator();
    user = await createUserNamespace(installation, NAMESPACE);
    source = await connectReferee(addressOf(installation.cluster.source));
    destination = await connectReferee(addressOf(installation.cluster.destination));
    await source.removeTree(ROOT);
    await source.put(`${ROOT}/round`, '0');
    await user.applyDatabases();
    const { source: target } = installation.cluster;
    silent = await startRelay({ host: await findHostAddress(target), target, stopAfterBytes: 0 });
    const patient = { authentication: 'None', sessionTimeoutSeconds: 300 };
    await user.apply(database('silent', silent.address, patient));
    // All at once: what they do is waited for at the same time.
    await user.apply(trimmedPlan(), cronJob(), replacingPlan());
    const { metadata } = await getPlan();
    slots = slotsAfter(new Date(metadata.creationTimestamp));
    kept = await followUntilTrimmed();
  }, 500_000);

  afterAll(async () => {
    source.close();
    destination.close();
    await user.remove();
    await silent.close();
  });

  const getPlan = (name = PLAN): Promise<SeenPlan> =>
    installation.kubectl.get(['-n', NAMESPACE, 'synchronizationplan', name]);

  /** Changes the source once for each slot; gives back the names that are left in the end. */
  async function followUntilTrimmed(): Promise<string[]> {
    return eventually(
      async () => {
        const { items: all } = await installation.kubectl.get<{
          items: (Named & SeenSynchronization)[];
        }>(['-n', NAMESPACE, 'synchronizations,pods']);
        noteReplacing(all);
        const items = all.filter((item) => isOf(PLAN, item));
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

  function noteReplacing(all: readonly Named[]): void {
    const own = all.filter(({ metadata }) => metadata.name.startsWith(`${REPLACING}-`));
    for (const each of own) if (isOf(REPLACING, each)) replaced.add(each.metadata.name);
    mostPods = Math.max(mostPods, own.filter(mayWrite).length);
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
      async () => {
        const { items } = await installation.kubectl.get<{ items: Named[] }>([
          ...['-n', NAMESPACE, 'jobs'],
        ]);
        return items.filter(({ metadata }) => metadata.name.startsWith(`${PLAN}-`)).length === 2;
      },
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

  test('a CronJob of the same schedule makes Jobs for the same times', async () => {
    const { items } = await installation.kubectl.get<{ items: Named[] }>([
      ...['-n', NAMESPACE, 'jobs'],
    ]);
    const jobs = items
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith('cronjob-'));
    const { metadata } = await installation.kubectl.get<SeenPlan>([
      ...['-n', NAMESPACE, 'cronjob', CRON_JOB],
    ]);
    // Those that both had, should a minute have begun between the creation of the one and the other.
    const from = slotsAfter(new Date(metadata.creationTimestamp))[0]!;
    const common = slots.filter((slot) => slot >= from).map((slot) => slotName(CRON_JOB, slot));

    expect(common.length).toBeGreaterThanOrEqual(SLOTS - 1);
    expect(jobs).toEqual(expect.arrayContaining(common));
  });

  test('under Replace each run makes room for the next, and two workers never meet', async () => {
    const { metadata, status } = await getPlan(REPLACING);
    const own = slotsAfter(new Date(metadata.creationTimestamp));
    const namespace = await look(installation.kubectl, NAMESPACE);
    const events = namespace.events(`SynchronizationPlan/${REPLACING}`);

    expect([...replaced].sort().slice(0, 2)).toEqual(
      own.slice(0, 2).map((slot) => slotName(REPLACING, slot)),
    );
    expect(mostPods).toBe(1);
    expect(status?.misses?.total).toBe(0);
    expect(events.filter((event) => event.startsWith('Normal Replacing '))).not.toEqual([]);
    expect(events.filter((event) => /MissingJob|ReplacedStillRunning/.test(event))).toEqual([]);
  });
});

/** A pod whose containers have ended may stay for a moment, beside that of the next run. */
function mayWrite({ kind, status }: Named): boolean {
  return kind === 'Pod' && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** Whether something is a Synchronization that a plan made for a slot. */
function isOf(planName: string, { kind, metadata }: Named): boolean {
  return kind === 'Synchronization' && metadata.name.startsWith(`${planName}-`);
}

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

function trimmedPlan(): Manifest {
  const template = synchronization({
    name: PLAN,
    source: 'zookeeper-source',
    destination: 'zookeeper-destination',
    rootPath: ROOT,
  });
  const spec = { schedule: SCHEDULE, successfulSynchronizationsHistoryLimit: HISTORY };
  return plan(PLAN, spec, template);
}

/** Its Jobs are suspended: they are there, and nothing runs. */
function cronJob(): Manifest {
  const containers = [{ name: 'none', image: 'none.invalid/none' }];
  const template = { spec: { restartPolicy: 'Never', containers } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: CRON_JOB },
    spec: { schedule: SCHEDULE, jobTemplate: { spec: { suspend: true, template } } },
  };
}

/** Its runs wait for a server that never answers. */
function replacingPlan(): Manifest {
  const template = synchronization({
    name: REPLACING,
    source: 'silent',
    destination: 'zookeeper-destination',
    rootPath: `${ROOT}-replacing`,
  });
  return plan(REPLACING, { schedule: SCHEDULE, concurrencyPolicy: 'Replace' }, template);
}
