import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { ZooKeeperError } from '../../../zookeeper/index.ts';
import { ThrottleValve, type Ordering } from './throttle-valve.ts';

const throttled = () => new ZooKeeperError('Throttled', 'turned away', { serverCode: -127 });

/** A server that answers in order, when told to, and turns away as many as it is told to. */
function startServer() {
  const waiting: { name: string; answer: (error: ZooKeeperError | null) => void }[] = [];
  const sent: string[] = [];
  const executed: string[] = [];
  return {
    sent,
    executed,
    get inFlight() {
      return waiting.length;
    },
    send: (name: string) => (): Promise<string> => {
      sent.push(name);
      return new Promise((resolve, reject) => {
        waiting.push({
          name,
          answer: (error) => {
            if (error === null) resolve(name);
            else reject(error);
          },
        });
      });
    },
    /** The next answer: null executes the request. */
    answer(error: ZooKeeperError | null = null): void {
      const next = waiting.shift();
      if (next === undefined) throw new Error('nothing is under way');
      if (error === null) executed.push(next.name);
      next.answer(error);
    },
  };
}

function opened() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const told: number[] = [];
  const { signal } = stop;
  const valve = new ThrottleValve({ clock, signal, onThrottled: (each) => told.push(each) });
  const server = startServer();
  const pass = (name: string, ordering: Ordering = 'read') =>
    valve.pass(ordering, server.send(name));
  return { clock, stop, told, valve, server, pass };
}

describe('the valve in front of a server that may turn requests away', () => {
  test('holds nothing back as long as none is, and lets every other error through', async () => {
    const { server, pass, told } = opened();
    const answers = ['a', 'b', 'c'].map((name) => pass(name, 'ordered'));
    expect(server.sent).toEqual(['a', 'b', 'c']);
    server.answer();
    server.answer(new ZooKeeperError('NoNode', 'none'));
    server.answer();
    const settled = await Promise.allSettled(answers);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(told).toEqual([]);
  });

  test('sends what was turned away again, in its order, before what came later', async () => {
    const { server, pass, clock, told } = opened();
    const answers = ['a', 'b', 'c', 'd'].map((name) => pass(name, 'ordered'));
    server.answer(throttled());
    server.answer();
    server.answer(throttled());
    await clock.advance(0);
    answers.push(pass('later'));
    await clock.advance(50);
    expect(server.sent).toEqual(['a', 'b', 'c', 'd']);
    server.answer();
    for (const next of ['a', 'c', 'later']) {
      await clock.advance(0);
      expect(server.inFlight).toBe(1);
      expect(server.sent.at(-1)).toBe(next);
      server.answer();
    }
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd', 'later']);
    expect(told).toEqual([2]);
  });

  test('has fewer under way then, and one more with each wave that is executed', async () => {
    const { server, pass, clock } = opened();
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    const answers = names.map((name) => pass(name));
    while (server.inFlight > 0) server.answer(throttled());
    await clock.advance(0);
    await clock.advance(50);
    const waves: number[] = [];
    while (server.inFlight > 0) {
      waves.push(server.inFlight);
      while (server.inFlight > 0) server.answer();
      await clock.advance(0);
    }
    expect(waves[0]).toBe(20);
    expect(waves[1]).toBeLessThanOrEqual(20);
    expect((await Promise.all(answers)).length).toBe(40);
  });

  test('pauses longer while nothing is executed, and gives up after a minute of that', async () => {
    const { server, pass, clock } = opened();
    const answers = Promise.allSettled([pass('a', 'ordered'), pass('b')]);
    const pausesMs: number[] = [];
    server.answer(throttled());
    for (;;) {
      server.answer(throttled());
      await clock.advance(0);
      if (clock.pendingTimers === 0) break;
      const sinceMs = clock.monotonicMs();
      while (server.inFlight === 0) await clock.advance(clock.nextTimerInMs ?? 0);
      pausesMs.push(clock.monotonicMs() - sinceMs);
    }
    expect(pausesMs.slice(0, 7)).toEqual([50, 100, 200, 400, 800, 1_600, 2_000]);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(60_000);
    expect(clock.monotonicMs()).toBeLessThan(63_000);
    for (const answer of await answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'Throttled' } });
    }
  });

  test('does not give up as long as something is executed now and then', async () => {
    const { server, pass, clock } = opened();
    const answers = Array.from({ length: 200 }, (_, index) => pass(`n${index}`, 'ordered'));
    for (let turn = 0; server.executed.length < answers.length; turn += 1) {
      if (server.inFlight === 0) await clock.advance(clock.nextTimerInMs ?? 0);
      if (server.inFlight > 0) server.answer(turn % 3 === 0 ? null : throttled());
      await Promise.resolve();
    }
    expect(await Promise.all(answers)).toHaveLength(200);
  });

  test('lets nothing wait once the run is told to stop', async () => {
    const { server, pass, clock, stop } = opened();
    const first = pass('a', 'ordered');
    server.answer(throttled());
    await clock.advance(0);
    const second = pass('b');
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'Aborted' });
    await expect(second).rejects.toMatchObject({ code: 'Aborted' });
    expect(clock.pendingTimers).toBe(0);
    const last = pass('c');
    server.answer(throttled());
    await expect(last).rejects.toMatchObject({ code: 'Throttled' });
  });

  test('executes each request once, and after the first that is turned away in order', async () => {
    const script = fc.record({
      ordered: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
      turnedAway: fc.array(fc.boolean(), { maxLength: 60 }),
    });
    const run = async ({ ordered, turnedAway }: { ordered: boolean[]; turnedAway: boolean[] }) => {
      const { server, pass, clock } = opened();
      const fates = turnedAway.values();
      const names = ordered.map((isOrdered, index) => `${isOrdered ? 'o' : 'r'}${index}`);
      const answers = names.map((name) => pass(name, name.startsWith('o') ? 'ordered' : 'read'));
      const first = { left: names.length, executed: 0 };
      while (server.executed.length < names.length) {
        if (server.inFlight === 0) await clock.advance(clock.nextTimerInMs ?? 0);
        server.answer(fates.next().value === true ? throttled() : null);
        first.left -= 1;
        if (first.left === 0) first.executed = server.executed.length;
        await new Promise(setImmediate);
      }
      await Promise.all(answers);
      expect([...server.executed].sort()).toEqual([...names].sort());
      // What had been on its way when the first was turned away is in nobody's hands.
      const later = server.executed.slice(first.executed);
      const orderedLater = later.filter((name) => name.startsWith('o'));
      expect(orderedLater).toEqual(names.filter((name) => orderedLater.includes(name)));
    };
    await fc.assert(fc.asyncProperty(script, run), { numRuns: 50 });
  });
});
