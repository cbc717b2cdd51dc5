import { describe, expect, test } from '@jest/globals';
import type { Logger } from '../../../common/logger.ts';
import { KubeApiError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { observe, type ObserveDependencies } from './observe.ts';
import { withChild, withObject } from './snapshot.ts';
import {
  activeRef,
  childObject,
  NAMESPACE,
  PLAN,
  planObject,
  snapshot,
} from './testing/builders.ts';

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

/** A plan whose status names the run of nine, and what a read of that run answers. */
async function look(answer: KubeObject | undefined | Error, cached: readonly KubeObject[] = []) {
  const events: unknown[] = [];
  const plan = planObject({ status: { observedGeneration: 1, active: [activeRef('09:00')] } });
  const dependencies = {
    cache: { get: () => plan, list: () => [plan] },
    childIndex: { childrenOf: () => cached },
    children: {
      get: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
    },
    workers: {},
    events: {
      record: (event: unknown) => {
        events.push(event);
        return Promise.resolve();
      },
    },
  } as unknown as ObserveDependencies;
  const context = { signal: new AbortController().signal, logger: silent };
  const seen = observe({ namespace: NAMESPACE, name: PLAN }, dependencies, context);
  const children = await seen.then(
    (found) => found?.children.map(({ name }) => name),
    (error: unknown) => error,
  );
  return { children, events };
}

const nine = childObject({ slot: '09:00' });
const { name: NINE } = nine.metadata;

describe('a run that the status names and the cache does not show', () => {
  test('is read, and belongs to the plan: by its UID, or by its owner', async () => {
    expect((await look(nine)).children).toEqual([NINE]);
    const ownerless = { ...nine, metadata: { ...nine.metadata, ownerReferences: [] } };
    expect((await look(ownerless)).children).toEqual([NINE]);
    const remade = { ...nine, metadata: { ...nine.metadata, uid: 'made-anew' } };
    expect((await look(remade)).children).toEqual([NINE]);
  });

  test('is none where something else has its name, or nothing', async () => {
    const uid = 'made-anew';
    const foreign = { ...nine, metadata: { ...nine.metadata, uid, ownerReferences: [] } };
    expect((await look(foreign)).children).toEqual([]);
    expect((await look(undefined)).children).toEqual([]);
  });

  test('is not counted twice where it was made anew, and the cache shows that', async () => {
    const remade = { ...nine, metadata: { ...nine.metadata, uid: 'made-anew' } };
    expect((await look(remade, [remade])).children).toEqual([NINE]);
  });

  test('is told of where the server refuses to show it, and of no other failure', async () => {
    const error = new KubeApiError({ code: 403, reason: 'x', message: 'said why', request: 'GET' });
    const refused = await look(error);
    expect(refused.children).toBe(error);
    expect(refused.events).toMatchObject([
      {
        reason: 'FailedGet',
        note: expect.stringMatching(
          /^Could not look at a Synchronization of this plan: .*said why/,
        ) as unknown,
        cause: 'the API server refuses',
      },
    ]);
    expect((await look(new Error('no line'))).events).toEqual([]);
  });
});

describe('a snapshot that is carried on', () => {
  test('has the plan as it was written, spec and status alike', () => {
    const later = planObject({ spec: { suspend: true }, status: { observedGeneration: 4 } });
    const { spec, status } = withObject(snapshot(), later);
    expect(spec.ok && spec.value.suspend).toBe(true);
    expect(status.observedGeneration).toBe(4);
  });

  test('has a child once, as it is now, and the others as they were', () => {
    const before = snapshot({}, [{ slot: '08:00' }, { slot: '09:00' }]);
    const [other, child] = before.children;
    const after = withChild(before, { ...child!, state: 'Failed' });
    expect(after.children).toEqual([other, { ...child, state: 'Failed' }]);
  });
});
