import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCondition } from '../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import type { SynchronizationStatus } from '../../../api/v1alpha1/synchronization-status.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { DATABASES, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import { FakeKube } from '../../kube/testing/fake-kube.ts';
import { createAdmission } from './admission.ts';
import type { Decision } from './decision.ts';
import { nextInLine } from './concurrency-limit.ts';
import { databaseObject, databaseView, NAMESPACE, snapshot, SPEC } from './testing/builders.ts';
import { Simulation } from './testing/simulation.ts';

const DESTINATION = 'zookeeper-destination';

function databaseSpec(limit: number): object {
  const zookeeper = { client: { servers: ['172.18.0.4:30181'] } };
  return { zookeeper, maxConcurrentSynchronizations: limit };
}

/** Synchronizations into one Database, all created in the same second. */
class Crowd {
  readonly kube = new FakeKube({ clock: new FakeClock() });
  readonly #store = new CustomResourceStore(this.kube, SYNCHRONIZATIONS);
  /** A cache that is so far behind that it shows nothing. */
  readonly #admission = createAdmission({ get: () => undefined, list: () => [] }, this.#store);
  readonly #limit: number;

  constructor(names: readonly string[], limit: number) {
    this.#limit = limit;
    for (const name of names) {
      this.kube.put(SYNCHRONIZATIONS, { metadata: { namespace: NAMESPACE, name }, spec: SPEC });
    }
  }

  get all(): readonly KubeObject[] {
    return this.kube.objects(SYNCHRONIZATIONS);
  }

  get started(): readonly string[] {
    return this.all
      .filter(({ metadata }) => metadata.annotations[ANNOTATIONS.startedUid] === metadata.uid)
      .map(({ metadata }) => metadata.name);
  }

  /** Asks for a place, takes it, or notes that it waits. */
  async ask(name: string): Promise<void> {
    const object = this.kube.object(SYNCHRONIZATIONS, { namespace: NAMESPACE, name })!;
    const destination = databaseView(DESTINATION, { spec: databaseSpec(this.#limit) });
    const { signal } = new AbortController();
    await this.#admission.enter(snapshot({ object, destination }), signal, async (wait) => {
      if (wait === undefined) {
        await this.#store.annotate(object, { [ANNOTATIONS.startedUid]: object.metadata.uid });
      } else {
        await this.#store.writeStatus(object, waiting(wait));
      }
    });
  }

  end(name: string): void {
    const object = this.kube.object(SYNCHRONIZATIONS, { namespace: NAMESPACE, name })!;
    const status = { completionTime: '2026-01-01T00:01:00Z' };
    this.kube.put(SYNCHRONIZATIONS, { ...object, status });
  }

  obstruct(name: string): void {
    this.#tell(name, { reason: 'AssetNotFound', message: 'There is no such Database.' });
  }

  /** Leaves one as an older version does, of which nobody knows what it waits for. */
  holdSinceBefore(name: string): void {
    this.#tell(name, { reason: 'Pending', message: 'Some words.' });
  }

  reasonOf(name: string): string | undefined {
    const object = this.kube.object(SYNCHRONIZATIONS, { namespace: NAMESPACE, name });
    const { conditions } = object?.status as SynchronizationStatus;
    return findCondition(conditions, 'Succeeded')?.reason;
  }

  #tell(name: string, told: { readonly reason: string; readonly message: string }): void {
    const object = this.kube.object(SYNCHRONIZATIONS, { namespace: NAMESPACE, name })!;
    this.kube.put(SYNCHRONIZATIONS, { ...object, status: waiting(told) });
  }
}

function waiting(told: Decision | { readonly reason: string; readonly message: string }) {
  const { reason, message } = told as { readonly reason: string; readonly message: string };
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return {
    conditions: [{ type: 'Succeeded', status: 'Unknown', reason, message, lastTransitionTime }],
  };
}

describe('a Database that takes two Synchronizations at a time', () => {
  test('gives its places to the first two, however they ask at once', async () => {
    const crowd = new Crowd(['a', 'b', 'c', 'd'], 2);

    await Promise.all(['d', 'c', 'b', 'a', 'b', 'c'].map((name) => crowd.ask(name).catch(() => 0)));

    expect(crowd.started).toEqual(['a', 'b']);
  });

  test('gives a place that becomes free to the one that has waited longest, whoever asks first', async () => {
    const crowd = new Crowd(['a', 'b', 'c', 'd'], 2);
    for (const name of ['a', 'b', 'c', 'd']) await crowd.ask(name);
    crowd.end('a');

    expect(nextInLine(crowd.all[0]!, crowd.all)).toEqual([{ namespace: NAMESPACE, name: 'c' }]);
    await crowd.ask('d');
    expect(crowd.started).toEqual(['a', 'b']);
    await crowd.ask('c');

    expect(crowd.started).toEqual(['a', 'b', 'c']);
  });

  test('is not held up by one that waits for something else', async () => {
    const crowd = new Crowd(['a', 'b', 'c'], 1);
    crowd.obstruct('a');

    for (const name of ['c', 'b']) await crowd.ask(name);

    expect(crowd.started).toEqual(['b']);
  });

  test('keeps the order of those that have waited since an older version, whoever asks first', async () => {
    const crowd = new Crowd(['a', 'b', 'c', 'd'], 2);
    await crowd.ask('a');
    for (const name of ['b', 'c']) crowd.holdSinceBefore(name);

    for (const name of ['d', 'c', 'b']) await crowd.ask(name);

    expect(crowd.started).toEqual(['a', 'b']);
    expect(['c', 'd'].map((name) => crowd.reasonOf(name))).toEqual([
      'WaitingForCapacity',
      'WaitingForCapacity',
    ]);
  });

  test('is not shared by two that nobody was waiting for, and that ask at the same moment', async () => {
    const crowd = new Crowd(['a', 'b'], 1);
    // What a waited for has just come: until it asks, it is in nobody's way, and b is not in its.
    crowd.obstruct('a');

    await Promise.all(['a', 'b'].map((name) => crowd.ask(name)));

    expect(crowd.started).toHaveLength(1);
  });

  test('counts only those that copy into it', async () => {
    const crowd = new Crowd(['b'], 1);
    const config = { ...SPEC.config, sourceName: DESTINATION, destinationName: 'elsewhere' };
    crowd.kube.put(SYNCHRONIZATIONS, {
      metadata: { namespace: NAMESPACE, name: 'a' },
      spec: { ...SPEC, config },
    });

    await crowd.ask('b');

    expect(crowd.started).toEqual(['b']);
  });
});

test('whoever asks, and whatever they waited for before, no more are started than there are places', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.subarray(names),
      fc.subarray(names),
      fc.array(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), { maxLength: 4 }),
      async (limit, obstructed, held, rounds) => {
        const crowd = new Crowd(names, limit);
        for (const name of held) crowd.holdSinceBefore(name);
        for (const name of obstructed) crowd.obstruct(name);
        for (const asking of rounds) {
          await Promise.all(asking.map((name) => crowd.ask(name)));
          expect(crowd.started.length).toBeLessThanOrEqual(limit);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a Synchronization that finds no capacity says so, and starts when there is some', async () => {
  const simulation = new Simulation();
  const { kube } = simulation;
  kube.remove(DATABASES, { namespace: NAMESPACE, name: DESTINATION });
  kube.put(DATABASES, { ...databaseObject(DESTINATION, { spec: databaseSpec(1) }) });
  const first = { namespace: NAMESPACE, name: 'first' };
  kube.put(SYNCHRONIZATIONS, { metadata: first, spec: SPEC, status: {} });
  const running = kube.object(SYNCHRONIZATIONS, first)!;
  const annotations = { [ANNOTATIONS.startedUid]: running.metadata.uid };
  kube.put(SYNCHRONIZATIONS, { ...running, metadata: { ...running.metadata, annotations } });

  await simulation.reconcile();

  const status = simulation.synchronization?.status as SynchronizationStatus;
  expect(simulation.jobs).toEqual([]);
  expect(findCondition(status.conditions, 'Succeeded')).toMatchObject({
    status: 'Unknown',
    reason: 'WaitingForCapacity',
    message:
      'Waits for capacity: the Database zookeeper-destination takes one Synchronization at a time (its spec.maxConcurrentSynchronizations). It starts by itself, in the order of creation.',
  });

  kube.remove(SYNCHRONIZATIONS, first);
  await simulation.settle();

  expect(simulation.jobs).toHaveLength(1);
});
