import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { PaceGate, type Cost } from './pace-gate.ts';
import { NO_RATE_LIMITS, type RateLimits } from './rate-limits.ts';

const read = (count: number): Cost => ({ kind: 'read', count });
const write = (count: number, bytes = 0): Cost => ({ kind: 'write', count, bytes });
const order: Cost = { kind: 'order' };

function gateWith(limits: Partial<RateLimits>) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const gate = new PaceGate({
    limits: { ...NO_RATE_LIMITS, ...limits },
    clock,
    signal: stop.signal,
  });
  const called: string[] = [];
  const call = (name: string, cost: Cost): Promise<string> =>
    gate.pass(cost, () => {
      called.push(name);
      return Promise.resolve(name);
    });
  return { clock, stop, gate, called, call };
}

describe('the gate of a limited session', () => {
  test('calls in the same turn while nothing has to wait', async () => {
    const { call, called } = gateWith({ readsPerSecond: 1_000 });
    const answers = [call('a', read(10)), call('b', write(1_000))];
    expect(called).toEqual(['a', 'b']);
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
  });

  test('keeps the order: behind one that waits, all wait', async () => {
    const { call, called, clock } = gateWith({ writesPerSecond: 1_000 });
    void call('first', write(110));
    void call('second', write(1));
    void call('read', read(1));
    void call('sync', order);
    expect(called).toEqual(['first']);
    await clock.advance(99);
    expect(called).toEqual(['first']);
    await clock.advance(1);
    expect(called).toEqual(['first', 'second', 'read', 'sync']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('holds reads and writes alike to the bytes of both', async () => {
    const { call, called, clock, gate } = gateWith({ bytesPerSecond: 10_000 });
    void call('read', read(1));
    gate.charge(1_100);
    void call('write', write(1, 1_000));
    void call('next', read(1));
    await clock.advance(99);
    expect(called).toEqual(['read']);
    await clock.advance(1);
    expect(called).toEqual(['read', 'write']);
    await clock.advance(100);
    expect(called).toEqual(['read', 'write', 'next']);
  });

  test('makes who waits wait longer for what is charged meanwhile', async () => {
    const { call, called, clock, gate } = gateWith({ bytesPerSecond: 10_000 });
    gate.charge(1_100);
    void call('read', read(1));
    gate.charge(1_000);
    await clock.advance(199);
    expect(called).toEqual([]);
    await clock.advance(1);
    expect(called).toEqual(['read']);
  });

  test('changes its pace for those that wait already', async () => {
    const { call, called, clock, gate } = gateWith({ readsPerSecond: 1_000 });
    void call('first', read(210));
    void call('second', read(1));
    gate.setFactor(0.1);
    await clock.advance(1_000);
    expect(called).toEqual(['first']);
    gate.setFactor(1);
    await clock.advance(100);
    expect(called).toEqual(['first', 'second']);
  });

  test('lets everything through in its order once the run is told to stop', async () => {
    const { call, called, clock, stop } = gateWith({ readsPerSecond: 1, writesPerSecond: 1 });
    const answers = ['a', 'b', 'c'].map((name) => call(name, read(10)));
    expect(called).toEqual(['a']);
    stop.abort();
    expect(called).toEqual(['a', 'b', 'c']);
    expect(clock.pendingTimers).toBe(0);
    void call('d', write(1_000));
    void call('e', write(1));
    expect(called).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
  });

  test('is open from the start if the run was told to stop before', () => {
    const stop = new AbortController();
    stop.abort();
    const limits = { ...NO_RATE_LIMITS, readsPerSecond: 1 };
    const gate = new PaceGate({ limits, clock: new FakeClock(), signal: stop.signal });
    let calls = 0;
    for (let index = 0; index < 5; index += 1) {
      void gate.pass(read(1_000), () => Promise.resolve((calls += 1)));
    }
    expect(calls).toBe(5);
  });

  test('hands on that a call failed, waited or not', async () => {
    const { clock, gate } = gateWith({ readsPerSecond: 10 });
    const fail = () => Promise.reject(new Error('refused'));
    await expect(gate.pass(read(10), fail)).rejects.toThrow('refused');
    const waiting = expect(gate.pass(read(1), fail)).rejects.toThrow('refused');
    await clock.advance(1_000);
    await waiting;
  });

  test('calls everything once and in order, as soon as all before it is paid off', async () => {
    const cost = fc.oneof(
      fc.nat(50).map((count) => read(count)),
      fc.tuple(fc.nat(50), fc.nat(500)).map(([count, bytes]) => write(count, bytes)),
      fc.constant(order),
    );
    const calls = fc.array(fc.record({ afterMs: fc.nat(50), cost }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(calls, async (each) => {
        const limits = { readsPerSecond: 500, writesPerSecond: 300, bytesPerSecond: 4_000 };
        const { call, called, clock } = gateWith(limits);
        const taken = { reads: 0, writes: 0, bytes: 0 };
        for (const [index, { afterMs, cost: taking }] of each.entries()) {
          await clock.advance(afterMs);
          void call(String(index), taking);
          if (taking.kind === 'read') taken.reads += taking.count;
          if (taking.kind !== 'write') continue;
          taken.writes += taking.count;
          taken.bytes += taking.bytes;
        }
        // Never longer than all that was taken is worth, one after the other.
        const worthMs = taken.reads / 0.5 + taken.writes / 0.3 + taken.bytes / 4 + each.length;
        await clock.advance(worthMs);
        expect(called).toEqual(each.map((_, index) => String(index)));
      }),
      { numRuns: 30 },
    );
  });
});
