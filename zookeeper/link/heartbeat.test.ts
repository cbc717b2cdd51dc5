import { beforeEach, describe, expect, test } from '@jest/globals';
import { Heartbeat } from './heartbeat.ts';
import { FakeClock } from '../testing/index.ts';

const SESSION_TIMEOUT_MS = 9_000;

let clock: FakeClock;
let events: string[];
let heartbeat: Heartbeat;

beforeEach(() => {
  clock = new FakeClock();
  events = [];
  heartbeat = new Heartbeat({
    clock,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    sendPing: () => events.push(`ping at ${clock.nowMs()}`),
    onSilence: () => events.push(`silence at ${clock.nowMs()}`),
  });
  heartbeat.start();
});

/** Lets what waits for input go on. */
async function inputHandled(): Promise<void> {
  await new Promise<void>((resolve) => {
    clock.afterInput(resolve);
  });
}

describe('heartbeat', () => {
  test('pings after a third of the timeout without anything sent', () => {
    clock.advance(1_000);
    heartbeat.sent();
    clock.advance(2_999);
    expect(events).toEqual([]);
    clock.advance(1);
    expect(events).toEqual(['ping at 4000']);
  });

  test('pings again only when the last ping was answered', () => {
    clock.advance(3_000);
    heartbeat.received();
    clock.advance(3_000);
    expect(events).toEqual(['ping at 3000']);
    heartbeat.pingAnswered();
    heartbeat.received();
    clock.advance(3_000);
    expect(events).toHaveLength(2);
  });

  test('pings at least every ten seconds, however long the timeout', () => {
    const long = new Heartbeat({
      clock,
      sessionTimeoutMs: 600_000,
      sendPing: () => events.push('long ping'),
      onSilence: () => undefined,
    });
    heartbeat.stop();
    long.start();
    clock.advance(10_000);
    expect(events).toEqual(['long ping']);
    long.stop();
  });

  test('reports silence when two thirds of the timeout brought nothing', async () => {
    clock.advance(6_000);
    await inputHandled();
    expect(events).toEqual(['ping at 3000', 'silence at 6000']);
  });

  test('sees what had arrived before it calls the other side dead', async () => {
    clock.advance(6_000);
    heartbeat.received();
    await inputHandled();
    expect(events).toEqual(['ping at 3000']);
  });

  test('reports silence although requests were sent all along', async () => {
    for (let second = 1; second <= 6; second++) {
      clock.advance(1_000);
      heartbeat.sent();
    }
    await inputHandled();
    expect(events).toEqual(['silence at 6000']);
  });

  test('asks first, when this process stood still and the server was asked nothing', async () => {
    clock.stall(8_000);
    await inputHandled();
    expect(events).toEqual(['ping at 8000']);
    clock.advance(3_000);
    await inputHandled();
    expect(events).toEqual(['ping at 8000', 'silence at 11000']);
  });

  test('does nothing once stopped', async () => {
    heartbeat.stop();
    clock.advance(100_000);
    await inputHandled();
    expect(events).toEqual([]);
  });
});
