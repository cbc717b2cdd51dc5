import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { jobName } from '../../../api/names.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { nextInLine, waitForCapacity } from './concurrency-limit.ts';
import { NAMESPACE, SPEC, synchronizationObject } from './testing/builders.ts';

const DESTINATION = 'zookeeper-destination';

interface Input {
  readonly name: string;
  readonly second?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly destination?: string;
}

/** A Synchronization that nobody has looked at, unless told otherwise. */
function one({ name, second = 0, metadata, status = {}, destination }: Input): KubeObject {
  const config = { ...SPEC.config, destinationName: destination ?? DESTINATION };
  const creationTimestamp = `2026-03-28T00:00:0${second}Z`;
  return synchronizationObject({
    spec: { ...SPEC, config },
    status,
    metadata: { name, uid: `uid-of-${name}`, creationTimestamp, ...metadata },
  });
}

function told(reason: string, message: string, type = 'Succeeded') {
  return { conditions: [{ type, status: 'Unknown', reason, message }] };
}

const WAITING = told('WaitingForCapacity', 'The Database takes one.');

/** What versions up to 1.0.0 say of one that waits for capacity. */
const WAITING_SINCE_BEFORE = told('Pending', 'Waits for room: the Database takes one.');

function hasStarted(name: string) {
  return { annotations: { [ANNOTATIONS.startedUid]: `uid-of-${name}` } };
}

/** Whether `b`, created second, has to wait for these. */
function waits(rivals: readonly KubeObject[], limit = 1): boolean {
  const object = one({ name: 'b', second: 2 });
  return waitForCapacity(object, rivals, { destination: DESTINATION, limit }) !== undefined;
}

describe('capacity of a Database', () => {
  const earlier = { name: 'a', second: 1 };

  test.each<{ name: string; rival: Input; waits: boolean }>([
    { name: 'one that came earlier', rival: earlier, waits: true },
    { name: 'one that came later', rival: { name: 'a', second: 3 }, waits: false },
    {
      name: 'one of the same second, before it by name',
      rival: { name: 'a', second: 2 },
      waits: true,
    },
    {
      name: 'one of the same second, after it by name',
      rival: { name: 'c', second: 2 },
      waits: false,
    },
    { name: 'an earlier one with a later name', rival: { name: 'c', second: 1 }, waits: true },
    {
      name: 'one into another Database',
      rival: { ...earlier, destination: 'other' },
      waits: false,
    },
    { name: 'one that waits for capacity', rival: { ...earlier, status: WAITING }, waits: true },
    {
      name: 'one that has waited for capacity since an older version, whatever that said',
      rival: { ...earlier, status: told('Pending', 'Some words.') },
      waits: true,
    },
    {
      name: 'one that waits for a Database as well',
      rival: { ...earlier, status: told('AssetNotFound', 'Waits for room: not really.') },
      waits: false,
    },
    ...['AssetPending', 'JobNameTaken', 'InvalidSpec'].map((reason) => ({
      name: `one that waits for something else, ${reason}`,
      rival: { ...earlier, status: told(reason, 'Waits for room: not really.') },
      waits: false,
    })),
    {
      name: 'one of which only something else is told',
      rival: { ...earlier, status: told('AssetNotFound', 'Something.', 'Reconciling') },
      waits: true,
    },
    {
      name: 'one that has ended',
      rival: { ...earlier, status: { ...WAITING, completionTime: '2026-03-28T00:00:05Z' } },
      waits: false,
    },
    {
      name: 'one that is being deleted',
      rival: { ...earlier, metadata: { deletionTimestamp: '2026-03-28T00:00:05Z' } },
      waits: false,
    },
    {
      name: 'one that is a copy of another, which never runs',
      rival: { ...earlier, metadata: { annotations: { [ANNOTATIONS.startedUid]: 'another' } } },
      waits: false,
    },
    {
      name: 'one that runs, whenever it was created',
      rival: { name: 'c', second: 3, metadata: hasStarted('c') },
      waits: true,
    },
    {
      name: 'one that runs, whose note of the start somebody removed',
      rival: {
        ...{ name: 'c', second: 3 },
        status: { jobName: jobName({ name: 'c', uid: 'uid-of-c' }) },
      },
      waits: true,
    },
    {
      name: 'one with the status of another',
      rival: { name: 'c', second: 3, status: { jobName: 'another' } },
      waits: false,
    },
    {
      name: 'one that has run',
      rival: {
        ...{ name: 'c', second: 3, metadata: hasStarted('c') },
        status: { completionTime: '2026-03-28T00:00:05Z' },
      },
      waits: false,
    },
  ])('is kept by $name: $waits', ({ rival, waits: expected }) => {
    expect(waits([one(rival)])).toBe(expected);
  });

  test('is not kept by itself', () => {
    expect(waits([one({ name: 'b', second: 2, metadata: hasStarted('b') })])).toBe(false);
  });

  test('is for as many as the Database takes, those ahead and those that run together', () => {
    const rivals = [one(earlier), one({ name: 'c', second: 3, metadata: hasStarted('c') })];
    expect(waits(rivals, 3)).toBe(false);
    expect(waits(rivals, 2)).toBe(true);
  });

  test('is taken once by one that runs and whose note of the start somebody removed', () => {
    const status = { jobName: jobName({ name: 'a', uid: 'uid-of-a' }) };
    expect(waits([one({ ...earlier, status })], 2)).toBe(false);
  });

  test.each([
    { limit: 1, many: 'one Synchronization' },
    { limit: 2, many: '2 Synchronizations' },
  ])('that there is none is nobody’s fault, and told: $limit', ({ limit, many }) => {
    const rivals = ['c', 'd'].map((name) => one({ name, metadata: hasStarted(name) }));
    const place = { destination: DESTINATION, limit };
    expect(waitForCapacity(one({ name: 'b' }), rivals, place)).toEqual({
      ...{ action: 'Wait', obstructed: false, reason: 'WaitingForCapacity' },
      ...{ requeueAfterMs: 60_000 },
      message: `Waits for capacity: the Database zookeeper-destination takes ${many} at a time (its spec.maxConcurrentSynchronizations). It starts by itself, in the order of creation.`,
    });
  });
});

describe('who is looked at when one of a Database has changed', () => {
  const changed = one({ name: 'x', metadata: hasStarted('x') });

  test('the first of those that say that they wait for capacity there, whatever the order of the list', () => {
    const all = [
      one({ name: 'late', second: 5, status: WAITING }),
      one({ name: 'first', second: 2, status: WAITING }),
      one({ name: 'third', second: 3, status: WAITING }),
      one({ name: 'new', second: 1 }),
      one({ name: 'elsewhere', second: 1, status: WAITING, destination: 'other' }),
    ];
    const first = [{ namespace: NAMESPACE, name: 'first' }];
    expect(nextInLine(changed, all)).toEqual(first);
    expect(nextInLine(changed, [...all].reverse())).toEqual(first);
  });

  test('also one that has waited since an older version', () => {
    const all = [
      one({ name: 'late', second: 5, status: WAITING }),
      one({ name: 'first', second: 2, status: WAITING_SINCE_BEFORE }),
    ];
    expect(nextInLine(changed, all)).toEqual([{ namespace: NAMESPACE, name: 'first' }]);
  });

  test.each<{ name: string; first: Omit<Input, 'name'> }>([
    {
      name: 'has started, and whose Job the API server refuses',
      first: { metadata: hasStarted('first'), status: told('Pending', 'Quota.') },
    },
    {
      name: 'has just started, which its status does not say yet',
      first: { metadata: hasStarted('first'), status: WAITING },
    },
    {
      name: 'has ended',
      first: { status: { ...WAITING, completionTime: '2026-03-28T00:00:05Z' } },
    },
    {
      name: 'is being deleted',
      first: { status: WAITING, metadata: { deletionTimestamp: '2026-03-28T00:00:05Z' } },
    },
  ])('not one that $name: it would keep the next from being looked at', ({ first }) => {
    const all = [
      one({ name: 'first', second: 2, ...first }),
      one({ name: 'next', second: 3, status: WAITING }),
    ];
    expect(nextInLine(changed, all)).toEqual([{ namespace: NAMESPACE, name: 'next' }]);
  });

  test('nobody, where none waits', () => {
    expect(nextInLine(changed, [changed, one({ name: 'new' })])).toEqual([]);
  });
});
