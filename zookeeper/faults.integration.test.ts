import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from './client.ts';
import type { ZooKeeperClient } from './client.ts';
import { ZooKeeperError } from './errors.ts';
import { seededRandom, startFaultProxy, startZooKeeperServer, testSeed } from './testing/index.ts';
import type { Fault, ZooKeeperServer } from './testing/index.ts';

const startTimeoutMs = 600_000;
const testTimeoutMs = 120_000;
const faultsWanted = 100;
const writers = 50;

let server: ZooKeeperServer;

beforeAll(async () => {
  server = await startZooKeeperServer();
}, startTimeoutMs);

afterAll(async () => {
  await server.stop();
});

type Outcome = 'done' | 'unsent' | 'unknown';

/** The outcome that the client claims for one create; anything else fails the test. */
async function createOutcome(client: ZooKeeperClient, path: string): Promise<Outcome> {
  try {
    await client.create(path, Buffer.from(path));
    return 'done';
  } catch (error) {
    expect(error).toBeInstanceOf(ZooKeeperError);
    expect(error).toMatchObject({ code: 'ConnectionLoss' });
    return (error as ZooKeeperError).isOutcomeUnknown ? 'unknown' : 'unsent';
  }
}

test(
  'over connections cut at random points, every write happened exactly as its promise says',
  async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const plan = (): Fault => ({
      direction: random() < 0.5 ? 'requests' : 'replies',
      afterBytes: Math.floor(100 + random() * 8_000),
      kind: 'cut',
    });
    const { host, port } = server;
    await using proxy = await startFaultProxy({ target: { host, port }, plan, maxPieceBytes: 97 });
    const direct = await connect({ servers: [server.address] });
    const client = await connect({ servers: [proxy.address], sessionTimeoutMs: 40_000 });
    const { sessionId } = client;
    await direct.create('/faults', null);
    const outcomes = new Map<string, Outcome>();
    let next = 0;
    const writer = async (): Promise<void> => {
      while (proxy.faultCount < faultsWanted) {
        const name = `n${next++}`;
        outcomes.set(name, await createOutcome(client, `/faults/${name}`));
      }
    };
    await Promise.all(Array.from({ length: writers }, writer));
    const there = new Set((await direct.getChildren('/faults')).children);
    const lies = [...outcomes].filter(
      ([name, outcome]) =>
        (outcome === 'done' && !there.has(name)) || (outcome === 'unsent' && there.has(name)),
    );
    expect({ seed, lies }).toEqual({ seed, lies: [] });
    expect(outcomes.size).toBe(next);
    expect(client.sessionId).toBe(sessionId);
    expect(client.state).not.toBe('ended');
    await client.close();
    await direct.close();
  },
  testTimeoutMs,
);
