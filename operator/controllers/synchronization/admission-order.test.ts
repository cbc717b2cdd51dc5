import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../kube/objects.ts';
import { createAdmission } from './admission.ts';
import type { Decision } from './decision.ts';
import {
  databaseView,
  NAMESPACE,
  recordedStatus,
  snapshot,
  SPEC,
  synchronizationObject,
} from './testing/builders.ts';

interface Run {
  readonly name: string;
  readonly namespace?: string;
  readonly destination?: string;
}

function objectOf({ name, namespace = NAMESPACE, destination }: Run): KubeObject {
  const { destinationName } = SPEC.config;
  const config = { ...SPEC.config, destinationName: destination ?? destinationName };
  const spec = { ...SPEC, config };
  return synchronizationObject({ spec, metadata: { name, namespace, uid: `uid-of-${name}` } });
}

/** An admission whose server knows of no other run, unless it is given some. */
function admissionAt({ cached = [] as readonly KubeObject[] } = {}) {
  const asked: string[] = [];
  const list = (namespace: string) => {
    asked.push(namespace);
    return Promise.resolve([]);
  };
  const admission = createAdmission({ get: () => undefined, list: () => cached }, { list });
  const entered: string[] = [];
  /** Asks for a place; `end` lets go of it. */
  const enter = (run: Run, signal = new AbortController().signal) => {
    const zookeeper = { client: { servers: ['a:1'] } };
    const spec = { zookeeper, maxConcurrentSynchronizations: 1 };
    const { destinationName } = SPEC.config;
    const destination = databaseView(run.destination ?? destinationName, { spec });
    let end: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    const done = admission.enter(
      snapshot({ object: objectOf(run), destination }),
      signal,
      async (wait: Decision | undefined) => {
        entered.push(wait === undefined ? run.name : `${run.name} waits`);
        await isOver;
      },
    );
    return { done, end };
  };
  return { asked, entered, enter };
}

const turn = () => new Promise(setImmediate);

describe('runs that ask for a place at the same moment', () => {
  test('take their turns for one destination, each after the one before it has ended its own', async () => {
    const { entered, enter } = admissionAt();
    const first = enter({ name: 'first' });
    const second = enter({ name: 'second' });
    await turn();
    expect(entered).toEqual(['first']);
    first.end();
    await first.done;
    await turn();
    expect(entered).toEqual(['first', 'second']);
    // The end of the first does not take the second one out of the line.
    const third = enter({ name: 'third' });
    await turn();
    expect(entered).toEqual(['first', 'second']);
    for (const { done, end } of [second, third]) {
      end();
      await done;
    }
    expect(entered).toEqual(['first', 'second', 'third']);
  });

  test.each<{ name: string; other: Run }>([
    { name: 'destination', other: { name: 'other', destination: 'elsewhere' } },
    { name: 'namespace', other: { name: 'other', namespace: 'another-shop' } },
  ])('do not wait for those of another $name', async ({ other }) => {
    const { entered, enter } = admissionAt();
    const first = enter({ name: 'first' });
    const second = enter(other);
    await turn();
    expect(entered).toEqual(['first', 'other']);
    for (const { done, end } of [first, second]) {
      end();
      await done;
    }
  });

  test('do not ask the server while the cache shows that all places are taken', async () => {
    const taken = synchronizationObject({ status: recordedStatus() });
    const { asked, entered, enter } = admissionAt({ cached: [taken] });
    const { done, end } = enter({ name: 'late' });
    end();
    await done;
    expect(entered).toEqual(['late waits']);
    expect(asked).toEqual([]);
  });

  test('ask nobody any more once the operator is told to stop', async () => {
    const { asked, enter } = admissionAt();
    const stop = new AbortController();
    stop.abort();
    await expect(enter({ name: 'late' }, stop.signal).done).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});
