import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { KubeApiError } from '../kube/errors.ts';
import { formatKey, parseKey, type ObjectKey } from '../kube/objects.ts';
import { JOBS, SYNCHRONIZATIONS } from '../kube/resources.ts';
import { FakeKube } from '../kube/testing/fake-kube.ts';
import {
  Controller,
  TerminalError,
  type ControllerOptions,
  type ReconcileContext,
  type ReconcileOutcome,
  type ReconcileResult,
} from './controller.ts';
import { InformerSet } from './informer.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

type Behaviour = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult>;

const done: Behaviour = () => Promise.resolve({});

function setUp(initial: Behaviour = done, options: Partial<ControllerOptions> = {}) {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  const logger = new RecordingLogger();
  const informers = new InformerSet({ api: kube, clock, logger, namespaces: [] });
  const seen: string[] = [];
  const outcomes: ReconcileOutcome[] = [];
  const behaviour = { now: initial };
  const controller = new Controller({
    name: 'synchronization',
    kind: 'Synchronization',
    clock,
    logger,
    watches: [
      { informer: informers.get(SYNCHRONIZATIONS) },
      {
        informer: informers.get(JOBS),
        mapToKeys: (job) => [parseKey(job.metadata.labels['owner'] ?? 'ns/none')],
      },
    ],
    reconcile: (key, context) => {
      seen.push(formatKey(key));
      return behaviour.now(key, context);
    },
    metrics: {
      setDepth: () => undefined,
      added: () => undefined,
      retried: () => undefined,
      queueDuration: () => undefined,
      workDuration: () => undefined,
      observeRunning: () => undefined,
      observeStuck: () => undefined,
      setActiveWorkers: () => undefined,
      reconciled: (outcome) => outcomes.push(outcome),
    },
    ...options,
  });
  const stop = new AbortController();
  const abort = new AbortController();
  const caches = new AbortController();
  const start = async () => {
    void informers.run(caches.signal);
    const ended = controller.run({ stop: stop.signal, abort: abort.signal, drainMs: 10_000 });
    // A run that breaks shows in `ended`; it is awaited only by some tests.
    ended.catch(() => undefined);
    await clock.advance(0);
    await clock.advance(0);
    return { ended };
  };
  const put = (name: string, spec: object = {}, status: object = {}) =>
    kube.put(SYNCHRONIZATIONS, { metadata: { name, namespace: 'ns' }, spec, status });
  const took = () => seen.splice(0).sort();
  return {
    ...{ clock, kube, logger, informers, controller, stop, abort, behaviour, outcomes },
    ...{ start, put, took },
  };
}

const apiError = (code: number, reason: string, retryAfterMs?: number) =>
  new KubeApiError({ code, reason, message: reason, request: 'PUT x', retryAfterMs });

describe('what makes it look at a key', () => {
  test('at the start everything there is, then what changes, then what goes away', async () => {
    const { clock, kube, put, start, took } = setUp();
    put('a');
    put('b');
    await start();
    expect(took()).toEqual(['ns/a', 'ns/b']);
    put('a', { changed: true });
    await clock.advance(0);
    expect(took()).toEqual(['ns/a']);
    kube.remove(SYNCHRONIZATIONS, { namespace: 'ns', name: 'b' });
    await clock.advance(0);
    expect(took()).toEqual(['ns/b']);
  });

  test('not before every cache is full', async () => {
    const { clock, kube, put, start, took } = setUp();
    put('a');
    kube.intercept = (call) => (call.path.endsWith('/jobs') ? { fail: 'before' } : undefined);
    await start();
    await clock.advance(5000);
    expect(took()).toEqual([]);
    kube.intercept = undefined;
    await clock.advance(30_000);
    expect(took()).toEqual(['ns/a']);
  });

  test('a change of a Job concerns its owner, and the owner it had before', async () => {
    const { clock, kube, start, took } = setUp();
    const job = (owner: string) => ({
      metadata: { name: 'j', namespace: 'ns', labels: { owner } },
    });
    kube.put(JOBS, job('ns/first'));
    await start();
    expect(took()).toEqual(['ns/first']);
    kube.put(JOBS, job('ns/second'));
    await clock.advance(0);
    expect(took()).toEqual(['ns/first', 'ns/second']);
  });

  test('the result can ask for another look', async () => {
    const { clock, put, start, took } = setUp(() => Promise.resolve({ requeueAfterMs: 20_000 }));
    put('a');
    await start();
    took();
    await clock.advance(40_000);
    expect(took()).toEqual(['ns/a', 'ns/a']);
  });
});

describe('failures', () => {
  test('a failure is warned of and retried; a bug is an error and retried as well', async () => {
    const { clock, logger, outcomes, behaviour, put, start } = setUp(() =>
      Promise.reject(new Error('not today')),
    );
    put('a');
    await start();
    expect(logger.messages('warn')).toEqual(['reconcile failed; retrying']);
    behaviour.now = () => {
      throw new TypeError('undefined is not a function');
    };
    await clock.advance(5);
    expect(logger.messages('error')).toEqual(['reconcile failed by a bug; retrying']);
    behaviour.now = done;
    await clock.advance(10);
    expect(outcomes).toEqual(['error', 'panic', 'success']);
  });

  test('a conflict is retried without a word', async () => {
    const { clock, logger, outcomes, behaviour, put, start } = setUp(() =>
      Promise.reject(apiError(409, 'Conflict')),
    );
    put('a');
    await start();
    behaviour.now = done;
    await clock.advance(5);
    expect(outcomes).toEqual(['conflict', 'success']);
    expect(logger.messages('warn')).toEqual([]);
  });

  test('a server that asks for a pause gets it', async () => {
    const { clock, put, start, took } = setUp(() =>
      Promise.reject(apiError(429, 'TooManyRequests', 3000)),
    );
    put('a');
    await start();
    took();
    await clock.advance(2999);
    expect(took()).toEqual([]);
    await clock.advance(1);
    expect(took()).toEqual(['ns/a']);
  });

  test('one key that always fails does not hold the others up', async () => {
    const { put, start, outcomes } = setUp((key) =>
      key.name === 'bad' ? Promise.reject(new Error('bad')) : Promise.resolve({}),
    );
    put('bad');
    put('good');
    await start();
    expect(outcomes).toContain('success');
  });

  test('a reconcile that takes too long is told to end', async () => {
    const { clock, outcomes, put, start } = setUp(
      (_key, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    );
    put('a');
    await start();
    await clock.advance(120_000);
    expect(outcomes).toEqual(['error']);
  });
});

describe('terminal errors', () => {
  const terminal: Behaviour = () => Promise.reject(new TerminalError('no such plugin'));

  test('are not retried, nor is the echo of the status', async () => {
    const { clock, put, start, took, outcomes } = setUp(terminal);
    put('a', { v: 1 });
    await start();
    await clock.advance(3_600_000);
    put('a', { v: 1 }, { told: true });
    await clock.advance(0);
    expect(took()).toEqual(['ns/a']);
    expect(outcomes).toEqual(['terminal_error']);
  });

  test('end with a new generation, with other news, and with the object', async () => {
    const { clock, kube, put, start, took } = setUp(terminal);
    put('a', { v: 1 });
    await start();
    took();
    put('a', { v: 2 });
    await clock.advance(0);
    expect(took()).toEqual(['ns/a']);
    kube.put(JOBS, { metadata: { name: 'j', namespace: 'ns', labels: { owner: 'ns/a' } } });
    await clock.advance(0);
    expect(took()).toEqual(['ns/a']);
    kube.remove(SYNCHRONIZATIONS, { namespace: 'ns', name: 'a' });
    await clock.advance(0);
    expect(took()).toEqual(['ns/a']);
  });

  test('are forgotten once the key did well', async () => {
    const { clock, kube, behaviour, put, start, took } = setUp(terminal);
    put('a', { v: 1 });
    await start();
    behaviour.now = done;
    kube.put(JOBS, { metadata: { name: 'j', namespace: 'ns', labels: { owner: 'ns/a' } } });
    await clock.advance(0);
    took();
    put('a', { v: 1 }, { changed: true });
    await clock.advance(0);
    expect(took()).toEqual(['ns/a']);
  });
});

describe('the end of a term', () => {
  /** Work that ends when the test says so, or with its signal. */
  function slowWork() {
    const work = { finish: () => undefined as void, aborted: false };
    const behaviour: Behaviour = (_key, { signal }) =>
      new Promise((resolve, reject) => {
        work.finish = () => {
          resolve({});
        };
        signal.addEventListener('abort', () => {
          work.aborted = true;
          reject(signal.reason as Error);
        });
      });
    return { work, behaviour };
  }

  test('told to stop, it finishes what runs', async () => {
    const { work, behaviour } = slowWork();
    const { clock, stop, put, start, outcomes } = setUp(behaviour);
    put('a');
    const { ended } = await start();
    stop.abort();
    await clock.advance(9000);
    expect(work.aborted).toBe(false);
    work.finish();
    await ended;
    expect(outcomes).toEqual(['success']);
  });

  test('leadership lost ends what runs at once, also in the middle of a drain', async () => {
    const { work, behaviour } = slowWork();
    const { clock, stop, abort, put, start, logger } = setUp(behaviour);
    put('a');
    const { ended } = await start();
    stop.abort();
    await clock.advance(1000);
    abort.abort(new Error('the lease was lost'));
    await clock.advance(0);
    expect(work.aborted).toBe(true);
    await ended;
    expect(logger.messages('warn')).toEqual([]);
  });

  test('a next term looks at everything again', async () => {
    const { clock, controller, stop, put, start, took } = setUp();
    put('a');
    const { ended } = await start();
    stop.abort();
    await ended;
    took();
    put('a', { v: 2 });
    await clock.advance(0);
    expect(took()).toEqual([]);
    const never = new AbortController().signal;
    void controller.run({ stop: never, abort: never, drainMs: 0 });
    await clock.advance(0);
    expect(took()).toEqual(['ns/a']);
  });

  test('a term that ends before the caches are full ends quietly', async () => {
    const { kube, stop, start, took, put } = setUp();
    put('a');
    kube.intercept = () => ({ fail: 'before' });
    const { ended } = await start();
    stop.abort(new Error('stop'));
    await ended;
    expect(took()).toEqual([]);
  });
});

test('a reconcile logs with what identifies it', async () => {
  const { put, start, logger } = setUp((_key, context) => {
    context.logger.info('hello');
    return Promise.resolve({});
  });
  put('a');
  await start();
  const line = logger.entries.find((entry) => entry.message === 'hello');
  expect(line?.fields).toMatchObject({
    controller: 'synchronization',
    kind: 'Synchronization',
    namespace: 'ns',
    name: 'a',
    generation: 1,
  });
  expect(line?.fields['reconcileId']).toMatch(/^[0-9a-f]{8}$/);
});

describe('a reconcile that ignores its signal', () => {
  const never = () => new Promise<never>(() => undefined);

  test('loses its worker after its time and a moment, and others go on', async () => {
    const { clock, controller, behaviour, put, start, took } = setUp(never, {
      workers: 2,
      reconcileTimeoutMs: 5_000,
    });
    for (const name of ['a', 'b', 'c']) put(name);
    await start();
    expect(took()).toEqual(['ns/a', 'ns/b']);
    behaviour.now = done;
    await clock.advance(14_999);
    expect(took()).toEqual([]);
    await clock.advance(1);
    expect(took()).toEqual(['ns/c']);
    expect(controller.stuckReconciles).toBe(2);
  });

  test('is a reason to restart once there are as many as workers', async () => {
    const { clock, controller, put, start } = setUp(never, {
      workers: 2,
      reconcileTimeoutMs: 5_000,
    });
    put('a');
    await start();
    await clock.advance(15_000);
    expect(controller.problems).toEqual([]);
    put('b');
    await clock.advance(0);
    await clock.advance(15_000);
    expect(controller.problems).toEqual([
      '2 reconciles of the controller synchronization do not end',
    ]);
  });

  test('takes no worker that another namespace could use, beyond its share', async () => {
    const { clock, kube, put, start, took } = setUp(never, { workers: 3, maxPerNamespace: 2 });
    for (const name of ['a', 'b', 'c', 'd']) put(name);
    kube.put(SYNCHRONIZATIONS, { metadata: { name: 'x', namespace: 'other' }, spec: {} });
    await start();
    await clock.advance(0);
    expect(took()).toEqual(['ns/a', 'ns/b', 'other/x']);
  });
});
