import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import { fourLetterWord } from '../four-letter-word.ts';
import type { ConnectOptions } from '../options.ts';
import {
  errorOf,
  serverMode,
  startZooKeeperEnsemble,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;
const WAIT_MS = 30_000;

/** Twice the tick is the shortest session that is granted. */
const TICK_TIME_MS = 500;
const SESSION_TIMEOUT_MS = 3_000;
const LONG_TIMEOUT_MS = 30_000;

let ensemble: ZooKeeperEnsemble;
let clients: ZooKeeperClient[];

beforeAll(async () => {
  clients = [];
  ensemble = await startZooKeeperEnsemble({
    readOnlyMode: true,
    extraConfig: { tickTime: TICK_TIME_MS, maxSessionTimeout: 60_000 },
  });
}, START_TIMEOUT_MS);

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

afterAll(async () => {
  await ensemble.stop();
});

async function open(options: Partial<ConnectOptions> = {}): Promise<ZooKeeperClient> {
  const client = await connect({
    servers: ensemble.addresses,
    sessionTimeoutMs: LONG_TIMEOUT_MS,
    connectTimeoutMs: WAIT_MS,
    ...options,
  });
  clients.push(client);
  return client;
}

/** The member that a client is connected to. */
function memberOf({ server }: ZooKeeperClient): ZooKeeperServer {
  const member = ensemble.members.find(({ address }) => address === server);
  if (member === undefined) throw new Error(`connected to ${server}`);
  return member;
}

/** All addresses, that of one member first; random numbers of 0 leave them in this order. */
function inOrder({ address }: ZooKeeperServer): string[] {
  return [address, ...ensemble.addresses.filter((other) => other !== address)];
}

async function reconnected(client: ZooKeeperClient, lost: ZooKeeperServer): Promise<void> {
  const isElsewhere = (): boolean => client.state === 'connected' && client.server !== lost.address;
  await eventually(isElsewhere, { timeoutMs: WAIT_MS, description: 'a connection elsewhere' });
}

async function everyoneServes(): Promise<void> {
  await eventually(
    async () => {
      const modes = await Promise.all(ensemble.members.map(serverMode));
      return modes.every((mode) => mode === 'leader' || mode === 'follower');
    },
    { timeoutMs: WAIT_MS, description: 'three members that serve' },
  );
}

/** Restarts those that were killed. */
async function revive(members: readonly ZooKeeperServer[]): Promise<void> {
  await Promise.all(members.map((member) => member.restart()));
  await everyoneServes();
}

describe('a member that dies', () => {
  test(
    'takes no session with it: another one takes it up, ephemeral znodes and all',
    async () => {
      const client = await open();
      const { sessionId } = client;
      await client.create('/resumed', null, { mode: 'ephemeral' });
      const victim = memberOf(client);
      await victim.kill('SIGKILL');
      await reconnected(client, victim);
      expect(client.sessionId).toBe(sessionId);
      expect((await client.exists('/resumed'))?.ephemeralOwner).toBe(sessionId);
      expect(await client.getEphemerals()).toEqual(['/resumed']);
      await revive([victim]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'and leads leaves every write done, or possibly done, or not sent, and says which',
    async () => {
      const [follower] = await ensemble.followers();
      const leader = await ensemble.leader();
      const client = await open({ servers: inOrder(follower!), random: () => 0 });
      await client.create('/elected', null);
      const outcomes = new Map<string, string>();
      const writes = Array.from({ length: 3_000 }, async (_, n) => {
        const outcome = await client.create(`/elected/${n}`, null).then(
          () => 'done',
          (error: ZooKeeperError) => {
            expect(error).toMatchObject({ code: 'ConnectionLoss' });
            return error.isOutcomeUnknown ? 'unknown' : 'unsent';
          },
        );
        outcomes.set(String(n), outcome);
        if (n === 300) void leader.kill('SIGKILL');
      });
      await Promise.all(writes);
      await client.sync('/');
      const there = new Set((await client.getChildren('/elected')).children);
      const lies = [...outcomes].filter(
        ([name, outcome]) =>
          (outcome === 'done' && !there.has(name)) || (outcome === 'unsent' && there.has(name)),
      );
      expect(lies).toEqual([]);
      expect(outcomes.size).toBe(writes.length);
      await revive([leader]);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a member that stops without closing its connections', () => {
  test(
    'is left for another one after two thirds of the timeout, within the same session',
    async () => {
      const [follower] = await ensemble.followers();
      const client = await open({
        servers: inOrder(follower!),
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        random: () => 0,
      });
      const { sessionId } = client;
      await client.create('/half-open', null, { mode: 'ephemeral' });
      const frozen = memberOf(client);
      await frozen.kill('SIGSTOP');
      try {
        const error = await errorOf(client.setData('/half-open', null), ZooKeeperError);
        expect(error).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: true });
        await reconnected(client, frozen);
        expect((await client.exists('/half-open'))?.ephemeralOwner).toBe(sessionId);
        expect(client.sessionId).toBe(sessionId);
      } finally {
        await frozen.kill('SIGCONT');
      }
      await everyoneServes();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'does not hold up a new client, which goes on to the next one',
    async () => {
      const [frozen] = await ensemble.followers();
      await frozen!.kill('SIGSTOP');
      try {
        const client = await open({
          servers: inOrder(frozen!),
          sessionTimeoutMs: SESSION_TIMEOUT_MS,
          random: () => 0,
        });
        expect(client.server).not.toBe(frozen!.address);
      } finally {
        await frozen!.kill('SIGCONT');
      }
      await everyoneServes();
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a session that is attached to on another member', () => {
  test(
    'is known there, and comes back to its owner after the thief has left',
    async () => {
      const owner = await open();
      await owner.create('/moved', null, { mode: 'ephemeral' });
      const { sessionId, sessionPassword: password } = owner;
      const elsewhere = ensemble.addresses.filter((address) => address !== owner.server);
      const thief = await open({ servers: elsewhere, attach: { sessionId, password } });
      expect(thief.sessionId).toBe(sessionId);
      await thief.setData('/moved', Buffer.from('thief'));
      await thief.detach();
      // The owner's member learns of it only by asking the leader: its first write is refused.
      const outcome = await owner.setData('/moved', Buffer.from('owner')).then(
        () => 'done',
        (error: ZooKeeperError) => error,
      );
      if (outcome !== 'done') expect(outcome).toMatchObject({ isRetryable: true });
      await eventually(() => owner.setData('/moved', Buffer.from('owner')), { timeoutMs: WAIT_MS });
      expect(owner.sessionId).toBe(sessionId);
      expect((await owner.exists('/moved'))?.ephemeralOwner).toBe(sessionId);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('an ensemble without a quorum', () => {
  test(
    'serves reads only and is refused; the session is found again once there is a quorum',
    async () => {
      const client = await open();
      const { sessionId } = client;
      await client.create('/read-only', null, { mode: 'ephemeral' });
      const last = memberOf(client);
      const victims = ensemble.members.filter((member) => member !== last);
      await Promise.all(victims.map((member) => member.kill('SIGKILL')));
      await eventually(async () => (await serverMode(last)) === 'read-only', {
        timeoutMs: WAIT_MS,
      });
      expect(await fourLetterWord(last.address, 'isro')).toBe('ro');
      expect(client.state).toBe('disconnected');
      const refused = open({ servers: [last.address], connectTimeoutMs: 2_000 });
      expect(await errorOf(refused, ZooKeeperError)).toMatchObject({ code: 'ClosedByServer' });
      const waiting = client.setData('/read-only', Buffer.from('kept in the queue'));
      await revive(victims);
      expect((await waiting).version).toBe(1);
      expect(client.sessionId).toBe(sessionId);
      expect((await client.exists('/read-only'))?.ephemeralOwner).toBe(sessionId);
    },
    TEST_TIMEOUT_MS,
  );
});
