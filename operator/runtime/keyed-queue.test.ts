import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../../testing/fake-clock.ts';
import { KeyedQueue, type QueueMetrics, type QueueOutcome } from './keyed-queue.ts';
import type { KeyGroups } from './ready-keys.ts';

const NO_METRICS: QueueMetrics = {
  setDepth: () => undefined,
  added: () => undefined,
  retried: () => undefined,
  queueDuration: () => undefined,
  workDuration: () => undefined,
  observeRunning: () => undefined,
  observeStuck: () => undefined,
};

interface Call {
  readonly key: string;
  readonly signal: AbortSignal;
  finish(outcome?: QueueOutcome): Promise<void>;
}

/** A queue whose work ends when the test says so. */
function setUp(options: { workers?: number; metrics?: QueueMetrics } = {}) {
  const clock = new FakeClock();
  const calls: Call[] = [];
  const queue = new KeyedQueue({
    clock,
    workers: options.workers ?? 1,
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    process: (key, signal) =>
      new Promise((resolve) => {
        calls.push({
          key,
          signal,
          finish: async (outcome = { kind: 'done' }) => {
            resolve(outcome);
            await clock.advance(0);
          },
        });
      }),
  });
  return { clock, queue, calls, keys: () => calls.map((call) => call.key) };
}

describe('order', () => {
  test('nothing is processed before the start, everything after it, oldest first', () => {
    const { queue, keys } = setUp({ workers: 3 });
    for (const key of ['a', 'b', 'c']) queue.enqueue(key);
    expect(keys()).toEqual([]);
    queue.start();
    expect(keys()).toEqual(['a', 'b', 'c']);
  });

  test('a key that waits already is not added twice', async () => {
    const { queue, calls, keys } = setUp();
    queue.start();
    for (const key of ['a', 'b', 'b', 'b']) queue.enqueue(key);
    expect(queue.depth).toBe(1);
    await calls[0]!.finish();
    await calls[1]!.finish();
    expect(keys()).toEqual(['a', 'b']);
  });

  test('a key that arrives while it is processed comes again afterwards, once', async () => {
    const { queue, calls, keys } = setUp({ workers: 2 });
    queue.start();
    queue.enqueue('a');
    queue.enqueue('a');
    queue.enqueue('a');
    expect(keys()).toEqual(['a']);
    await calls[0]!.finish();
    expect(keys()).toEqual(['a', 'a']);
    await calls[1]!.finish();
    expect(keys()).toEqual(['a', 'a']);
    expect(queue.running).toBe(0);
  });

  test('never more keys at once than workers', async () => {
    const { queue, calls, keys } = setUp({ workers: 2 });
    queue.start();
    for (const key of ['a', 'b', 'c']) queue.enqueue(key);
    expect(queue.running).toBe(2);
    await calls[1]!.finish();
    expect(keys()).toEqual(['a', 'b', 'c']);
  });
});

describe('retries', () => {
  test('a failure is retried after 5 ms, then 10 ms; success begins anew', async () => {
    const { clock, queue, calls } = setUp();
    queue.start();
    queue.enqueue('a');
    await calls[0]!.finish({ kind: 'retry' });
    expect(clock.nextTimerInMs).toBe(5);
    await clock.advance(5);
    await calls[1]!.finish({ kind: 'retry' });
    expect(clock.nextTimerInMs).toBe(10);
    expect(queue.failuresOf('a')).toBe(2);
    await clock.advance(10);
    await calls[2]!.finish();
    expect(queue.failuresOf('a')).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a retry waits at least as long as the server asked for', async () => {
    const { clock, queue, calls } = setUp();
    queue.start();
    queue.enqueue('a');
    await calls[0]!.finish({ kind: 'retry', minDelayMs: 7000 });
    await clock.advance(6999);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls).toHaveLength(2);
  });

  test('work that rejects is retried and stops nothing', async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const queue = new KeyedQueue({
      clock,
      workers: 1,
      process: (key) => {
        seen.push(key);
        if (seen.length === 1) throw new Error('at once');
        return seen.length === 2
          ? Promise.reject(new Error('later'))
          : Promise.resolve({ kind: 'done' });
      },
    });
    queue.start();
    queue.enqueue('a');
    queue.enqueue('b');
    await clock.advance(0);
    await clock.advance(1000);
    expect(seen.sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  test('a retry that waits does not keep news of the key from being processed', async () => {
    const { clock, queue, calls } = setUp();
    queue.start();
    queue.enqueue('a');
    await calls[0]!.finish({ kind: 'retry', minDelayMs: 60_000 });
    queue.enqueue('a');
    expect(calls).toHaveLength(2);
    await calls[1]!.finish();
    await clock.advance(120_000);
    expect(calls).toHaveLength(2);
  });
});

describe('later', () => {
  test('a key asked for later comes then, or with the next news if that is earlier', async () => {
    const { clock, queue, calls } = setUp();
    queue.start();
    queue.enqueue('a');
    await calls[0]!.finish({ kind: 'done', requeueAfterMs: 20_000 });
    await clock.advance(5000);
    queue.enqueue('a');
    await calls[1]!.finish({ kind: 'done', requeueAfterMs: 20_000 });
    await clock.advance(19_999);
    expect(calls).toHaveLength(2);
    await clock.advance(1);
    expect(calls).toHaveLength(3);
  });

  test('a delay of nothing is now', () => {
    const { queue, keys } = setUp();
    queue.start();
    queue.enqueueAfter('a', 0);
    expect(keys()).toEqual(['a']);
  });
});

describe('stop', () => {
  test('waits for what runs and begins nothing new', async () => {
    const { clock, queue, calls, keys } = setUp();
    queue.start();
    queue.enqueue('a');
    queue.enqueue('b');
    queue.enqueueAfter('c', 1);
    const stopped = queue.stop(10_000);
    queue.enqueue('d');
    await clock.advance(5000);
    await calls[0]!.finish({ kind: 'retry' });
    expect(await stopped).toBe(0);
    expect(keys()).toEqual(['a']);
    expect(calls[0]!.signal.aborted).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test('aborts what still runs at the deadline', async () => {
    const { clock, queue, calls } = setUp();
    queue.start();
    queue.enqueue('a');
    const stopped = queue.stop(10_000);
    await clock.advance(9999);
    expect(calls[0]!.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(calls[0]!.signal.aborted).toBe(true);
    await calls[0]!.finish();
    expect(await stopped).toBe(0);
  });

  test('does not wait for ever for work that ignores its signal, and says how much is left', async () => {
    const { clock, queue } = setUp({ workers: 2 });
    queue.start();
    queue.enqueue('a');
    queue.enqueue('b');
    const stopped = queue.stop(0);
    await clock.advance(2000);
    expect(await stopped).toBe(2);
  });
});

test('the metrics of workqueue are told', async () => {
  const told: [string, number?][] = [];
  let read: () => readonly number[] = () => [];
  const { clock, queue, calls } = setUp({
    metrics: {
      ...NO_METRICS,
      added: () => told.push(['added']),
      retried: () => told.push(['retried']),
      queueDuration: (seconds) => told.push(['waited', seconds]),
      workDuration: (seconds) => told.push(['worked', seconds]),
      observeRunning: (reader) => (read = reader),
    },
  });
  queue.enqueue('a');
  await clock.advance(1000);
  queue.start();
  await clock.advance(2000);
  expect(read()).toEqual([2]);
  await calls[0]!.finish({ kind: 'retry' });
  expect(told).toEqual([['added'], ['waited', 1], ['worked', 2], ['retried']]);
  expect(read()).toEqual([]);
});

type Step = readonly [action: 'add' | 'later' | 'finish' | 'fail' | 'wait', value: number];

test('whatever happens: never a key twice at once, never too many, and no key is forgotten', async () => {
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom('add', 'later', 'finish', 'fail', 'wait'),
      fc.integer({ min: 0, max: 4 }),
    ),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (script, workers) => {
      await runScript(script, workers);
    }),
    { numRuns: 60 },
  );
});

async function runScript(script: readonly Step[], workers: number): Promise<void> {
  const clock = new FakeClock();
  const running = new Map<string, (outcome: QueueOutcome) => void>();
  /** Keys with news that no processing has begun after. */
  const owed = new Set<string>();
  const queue = new KeyedQueue({
    clock,
    workers,
    process: (key) => {
      expect(running.has(key)).toBe(false);
      expect(running.size).toBeLessThan(workers);
      owed.delete(key);
      return new Promise((resolve) => running.set(key, resolve));
    },
  });
  const finishOne = (value: number, outcome: QueueOutcome): void => {
    const key = [...running.keys()][value % Math.max(1, running.size)];
    if (key === undefined) return;
    running.get(key)?.(outcome);
    running.delete(key);
    if (outcome.kind === 'retry') owed.add(key);
  };
  queue.start();
  for (const [action, value] of script) {
    const key = `k${value}`;
    if (action === 'finish') finishOne(value, { kind: 'done' });
    else if (action === 'fail') finishOne(value, { kind: 'retry' });
    else if (action === 'wait') await clock.advance(value * 50);
    else {
      owed.add(key);
      if (action === 'add') queue.enqueue(key);
      else queue.enqueueAfter(key, value * 20);
    }
    await clock.advance(0);
  }
  for (let turn = 0; turn < 200 && (owed.size > 0 || running.size > 0); turn++) {
    for (const [key, resolve] of running) {
      running.delete(key);
      resolve({ kind: 'done' });
    }
    await clock.advance(1000);
  }
  expect([...owed]).toEqual([]);
}

describe('giving way', () => {
  /** Each key has an urgent part, gives way, and has another part. */
  function inTwoParts(workers: number) {
    const clock = new FakeClock();
    const told: string[] = [];
    const queue = new KeyedQueue({
      clock,
      workers,
      process: async (key, _signal, yieldToWaiting) => {
        told.push(`${key} urgent`);
        await yieldToWaiting();
        told.push(`${key} rest`);
        return { kind: 'done' };
      },
    });
    return { clock, queue, told };
  }

  test('what is urgent of all that wait comes before the rest of any, in order', async () => {
    const { clock, queue, told } = inTwoParts(2);
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.enqueue(key);
    queue.start();
    await clock.advance(0);
    expect(told).toEqual([
      ...['a urgent', 'b urgent', 'c urgent', 'd urgent', 'e urgent'],
      ...['e rest', 'a rest', 'b rest', 'c rest', 'd rest'],
    ]);
    expect(queue.running).toBe(0);
  });

  /** So many of ten keys that gave way are at work at once, from the stop on. */
  async function mostAtOnceAfter(stop: (queue: KeyedQueue) => Promise<number>): Promise<number> {
    const clock = new FakeClock();
    const finish: (() => void)[] = [];
    let [atWork, most] = [0, 0];
    const queue: KeyedQueue = new KeyedQueue({
      clock,
      workers: 2,
      process: async (key, _signal, yieldToWaiting) => {
        if (key.startsWith('gives way')) await yieldToWaiting();
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise<void>((resolve) => finish.push(resolve));
        atWork -= 1;
        return { kind: 'done' };
      },
    });
    for (let index = 0; index < 10; index++) queue.enqueue(`gives way ${index}`);
    for (const key of ['a', 'b']) queue.enqueue(key);
    queue.start();
    await clock.advance(0);
    const stopped = stop(queue);
    for (let turn = 0; turn < 12; turn++) {
      for (const end of finish.splice(0)) end();
      await clock.advance(1);
    }
    expect(await stopped).toBe(0);
    return most;
  }

  test('goes on after a stop, no more at once than there are workers', async () => {
    expect(await mostAtOnceAfter((queue) => queue.stop(60_000))).toBe(2);
  });

  test('ends at once where the work is aborted', async () => {
    const most = await mostAtOnceAfter((queue) => {
      queue.abort(new Error('now'));
      return queue.stop(0);
    });
    expect(most).toBe(12);
  });

  test('goes on at once if nobody waits', async () => {
    const { clock, queue, told } = inTwoParts(1);
    queue.start();
    queue.enqueue('a');
    await clock.advance(0);
    expect(told).toEqual(['a urgent', 'a rest']);
  });

  test('who comes later does not come before who gave way earlier', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    const queue: KeyedQueue = new KeyedQueue({
      clock,
      workers: 1,
      process: async (key, _signal, yieldToWaiting) => {
        told.push(`${key} urgent`);
        if (key === 'a') {
          await yieldToWaiting();
          told.push('a rest');
        } else if (key === 'b') queue.enqueue('c');
        return { kind: 'done' };
      },
    });
    for (const key of ['a', 'b']) queue.enqueue(key);
    queue.start();
    await clock.advance(0);
    expect(told).toEqual(['a urgent', 'b urgent', 'a rest', 'c urgent']);
  });

  test('a key that gave way is not processed twice at once', async () => {
    const { clock, queue, told } = inTwoParts(1);
    for (const key of ['a', 'b']) queue.enqueue(key);
    queue.start();
    queue.enqueue('a');
    await clock.advance(0);
    expect(told).toEqual([...['a urgent', 'b urgent', 'b rest', 'a rest', 'a urgent', 'a rest']]);
  });

  test('a stop lets it go on and waits for it', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    let finishB: () => void = () => undefined;
    const queue = new KeyedQueue({
      clock,
      workers: 1,
      process: async (key, _signal, yieldToWaiting) => {
        if (key === 'a') await yieldToWaiting();
        else await new Promise<void>((resolve) => (finishB = resolve));
        told.push(key);
        return { kind: 'done' };
      },
    });
    for (const key of ['a', 'b']) queue.enqueue(key);
    queue.start();
    await clock.advance(0);
    const left = queue.stop(1000);
    await clock.advance(0);
    expect(told).toEqual([]);
    finishB();
    await clock.advance(0);
    expect(told).toEqual(['b', 'a']);
    expect(await left).toBe(0);
  });
});

describe('what does not end', () => {
  /** Workers for two; the keys that begin with "hangs" never end. */
  function withHanging(sharing?: KeyGroups) {
    const clock = new FakeClock();
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    let read = (): number => -1;
    const queue = new KeyedQueue({
      clock,
      workers: 2,
      stuckAfterMs: 1_000,
      ...(sharing === undefined ? {} : { groups: sharing }),
      metrics: { ...NO_METRICS, observeStuck: (reader) => (read = reader) },
      process: async (key) => {
        begun.push(key);
        if (key.includes('hangs')) await new Promise<void>((resolve) => ends.push(resolve));
        return { kind: 'done' };
      },
    });
    queue.start();
    return { clock, queue, begun, ends, stuck: () => read() };
  }

  test('gives its worker back after a while, and others go on', async () => {
    const { clock, queue, begun, stuck } = withHanging();
    for (const key of ['hangs 1', 'hangs 2', 'a', 'b']) queue.enqueue(key);
    await clock.advance(999);
    expect(begun).toEqual(['hangs 1', 'hangs 2']);
    await clock.advance(1);
    expect(begun).toEqual(['hangs 1', 'hangs 2', 'a', 'b']);
    expect({ stuck: stuck(), running: queue.running }).toEqual({ stuck: 2, running: 2 });
  });

  test('is not begun a second time before it ends, and comes again then', async () => {
    const { clock, queue, begun, ends, stuck } = withHanging();
    queue.enqueue('hangs');
    await clock.advance(1_000);
    queue.enqueue('hangs');
    await clock.advance(60_000);
    expect(begun).toEqual(['hangs']);
    ends[0]?.();
    await clock.advance(0);
    expect(begun).toEqual(['hangs', 'hangs']);
    expect(stuck()).toBe(0);
  });

  test('takes no more than the share of its group, stuck or not', async () => {
    const groups = { groupOf: (key: string) => key.slice(0, 1), maxRunning: 1 };
    const { clock, queue, begun } = withHanging(groups);
    for (const key of ['a hangs 1', 'a hangs 2', 'a hangs 3', 'b 1', 'b 2']) queue.enqueue(key);
    await clock.advance(0);
    expect(begun).toEqual(['a hangs 1', 'b 1', 'b 2']);
    await clock.advance(60_000);
    expect(begun).toEqual(['a hangs 1', 'b 1', 'b 2']);
    expect(queue.depth).toBe(2);
  });

  test('is not what gave way and waits for its turn', async () => {
    const clock = new FakeClock();
    const ends: (() => void)[] = [];
    const queue: KeyedQueue = new KeyedQueue({
      clock,
      workers: 1,
      stuckAfterMs: 1_000,
      process: async (key, _signal, yieldToWaiting) => {
        if (key === 'polite') await yieldToWaiting();
        else await new Promise<void>((resolve) => ends.push(resolve));
        return { kind: 'done' };
      },
    });
    for (const key of ['polite', 'long']) queue.enqueue(key);
    queue.start();
    await clock.advance(900);
    ends[0]?.();
    await clock.advance(1_000);
    expect({ stuck: queue.stuck, running: queue.running }).toEqual({ stuck: 0, running: 0 });
  });
});
