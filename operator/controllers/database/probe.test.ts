import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { systemClock } from '../../../common/clock.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { permissions } from '../../../zookeeper/index.ts';
import {
  bytes,
  saslChallenge,
  saslProof,
  startFakeServer,
  statRecord,
  type FakePeer,
  type FakeServer,
  type RequestFrame,
} from '../../../zookeeper/testing/index.ts';
import { eventually } from '../../../testing/eventually.ts';
import type { Credentials } from '../../../assets/zookeeper/credentials.ts';
import { zooKeeperProber, type ProbeRequest } from './probe.ts';

const OPCODE = { getData: 4, getAcl: 6, auth: 100, sasl: 102, close: -11 };
const ERROR = { system: -1, noNode: -101, noAuth: -102, requireAuth: -124, throttled: -127 };

const SRVR = 'Zookeeper version: 3.9.5-a, built on\nMode: follower\n';
const NOT_ALLOWED = 'srvr is not executed because it is not in the whitelist.\n';
const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

/** For what takes all the time that it is given. */
const SHORT_MS = 300;

const { read, create, admin } = permissions;

/** How a server plays its part; what is left out it does as one that is open to everybody. */
interface Part {
  /** Null: it stays silent. */
  readonly srvr?: string | null;
  readonly session?: 'refused' | 'silent' | 'huge';
  /** Which SASL it does with which password; null: none. */
  readonly sasl?: string | null;
  /** The errors that it answers with. */
  readonly auth?: number;
  readonly getData?: number | 'silent';
  readonly getAcl?: number;
  readonly acl?: readonly (readonly [scheme: string, permissions: number])[];
}

let server: FakeServer;
/** What it was asked, in order. */
let asked: string[];

beforeEach(async () => {
  server = await startFakeServer();
  asked = [];
});

afterEach(async () => {
  await server.close();
});

function playing(part: Part, on: FakeServer = server): void {
  void (async () => {
    for (;;) void play(await on.accept(), part).catch(() => undefined);
  })().catch(() => undefined);
}

async function play(peer: FakePeer, part: Part): Promise<void> {
  const { srvr = SRVR, session } = part;
  if ((await peer.readBytes()).toString() === 'srvr') {
    asked.push('srvr');
    if (srvr === null) return;
    peer.write(Buffer.from(srvr));
    peer.end();
    return;
  }
  const { timeoutMs } = await peer.readConnect();
  asked.push(`connect ${timeoutMs}`);
  if (session === 'silent') return;
  if (session === 'refused') {
    peer.end();
    return;
  }
  if (session === 'huge') {
    peer.write(Buffer.from([0, 0x20, 0, 0]));
    return;
  }
  peer.grant();
  for (;;) if (answer(peer, await peer.readRequest(), part) === 'closed') return;
}

function answer(
  peer: FakePeer,
  request: RequestFrame,
  part: Part,
): 'silent' | 'closed' | undefined {
  const { xid, opcode, body } = request;
  switch (opcode) {
    case OPCODE.auth:
      asked.push('digest');
      peer.reply({ xid, error: part.auth ?? 0 });
      return undefined;
    case OPCODE.sasl:
      peer.reply({
        xid,
        body: bytes()
          .buffer(saslAnswer(body, part.sasl ?? null))
          .build(),
      });
      return undefined;
    case OPCODE.getData:
      asked.push(`getData ${pathOf(request)}`);
      if (part.getData === 'silent') return undefined;
      peer.reply({ xid, ...replyOf(part.getData, bytes().buffer(null)) });
      return undefined;
    case OPCODE.getAcl:
      asked.push(`getAcl ${pathOf(request)}`);
      peer.reply({ xid, ...replyOf(part.getAcl, aclOf(part.acl ?? [['world', read]])) });
      return undefined;
    case OPCODE.close:
      asked.push('close');
      peer.reply({ xid });
      peer.end();
      return 'closed';
    default:
      peer.reply({ xid });
      return undefined;
  }
}

function saslAnswer(body: Buffer, password: string | null): Buffer | null {
  const token = body.subarray(4).toString();
  if (token === '') asked.push('sasl');
  if (password === null) return null;
  return Buffer.from(token === '' ? saslChallenge : saslProof(token, password));
}

function pathOf({ body }: RequestFrame): string {
  return body.subarray(4, 4 + body.readInt32BE(0)).toString();
}

function replyOf(error: number | undefined, found: ReturnType<typeof bytes>) {
  return error === undefined ? { body: found.raw(statRecord()).build() } : { error };
}

function aclOf(entries: readonly (readonly [string, number])[]) {
  const acl = bytes().int(entries.length);
  for (const [scheme, rights] of entries) acl.int(rights).string(scheme).string('x');
  return acl;
}

function credentials(mechanism: Credentials['mechanism']): Credentials {
  return { user: Buffer.from('admin'), password: Buffer.from('secret'), mechanism };
}

async function probe(
  request: Partial<ProbeRequest> = {},
  { clock = systemClock, signal = new AbortController().signal, timeoutMs = 10_000 } = {},
) {
  const prober = zooKeeperProber(clock, { timeoutMs });
  const whole = { servers: [server.address], credentials: undefined, ...request };
  const [found] = await prober(whole, signal);
  return found;
}

describe('what a session tells about credentials', () => {
  test.each<{ name: string; part: Part; says: string }>([
    { name: 'everybody may read the root', part: {}, says: 'Unverifiable' },
    {
      name: 'everybody may read the root, and others more',
      part: {
        acl: [
          ['auth', admin],
          ['world', read],
        ],
      },
      says: 'Unverifiable',
    },
    { name: 'others may read the root', part: { acl: [['digest', read]] }, says: 'Verified' },
    {
      name: 'everybody may write below the root, and only others read it',
      part: {
        acl: [
          ['world', create],
          ['digest', read],
        ],
      },
      says: 'Verified',
    },
    {
      name: 'the root may not be read',
      part: { getData: ERROR.noAuth, acl: [['digest', read]] },
      says: 'NoRightOnRoot',
    },
    { name: 'there is no root yet', part: { getData: ERROR.noNode }, says: 'Unverifiable' },
    { name: 'it is busy', part: { getData: ERROR.throttled }, says: 'Unverifiable' },
    { name: 'it is busy only then', part: { getAcl: ERROR.throttled }, says: 'Unverifiable' },
  ])('of a user with a digest, where $name: $says', async ({ part, says }) => {
    playing(part);
    expect(await probe({ credentials: credentials('Digest') })).toMatchObject({
      ...{ reachable: true, credentials: says },
    });
    expect(asked).not.toContain('sasl');
  });

  test.each<{ name: string; part: Part; says: string }>([
    { name: 'the root may be read', part: {}, says: 'VerifiedBySasl' },
    {
      name: 'the root may not be read',
      part: { getData: ERROR.noAuth },
      says: 'VerifiedBySaslWithoutRight',
    },
    { name: 'it is busy', part: { getData: ERROR.throttled }, says: 'VerifiedBySasl' },
  ])('of a user that SASL verified, where $name: $says', async ({ part, says }) => {
    playing({ ...part, sasl: 'secret' });
    for (const mechanism of ['Sasl', 'Auto'] as const) {
      expect(await probe({ credentials: credentials(mechanism) })).toMatchObject({
        ...{ reachable: true, credentials: says },
      });
    }
  });

  test('of nobody, nothing, and reads nothing', async () => {
    playing({});
    expect(await probe()).toMatchObject({ reachable: true, credentials: 'NotUsed' });
    expect(asked).toEqual(['srvr', 'connect 10000', 'close']);
  });

  test('that a digest is offered with Auto where there is no SASL, and with Sasl never', async () => {
    playing({ sasl: null });
    expect(await probe({ credentials: credentials('Auto') })).toMatchObject({
      ...{ reachable: true, credentials: 'Unverifiable' },
    });
    expect(asked).toEqual(
      expect.arrayContaining(['sasl', 'digest', 'getData /', 'getAcl /', 'close']),
    );
    asked = [];
    expect(await probe({ credentials: credentials('Sasl') })).toMatchObject({
      ...{ reachable: false, reason: 'AuthenticationFailed' },
    });
    expect(asked).not.toContain('digest');
  });
});

describe('a server', () => {
  test('is read below the path that stands after the last of its ensemble', async () => {
    await using other = await startFakeServer();
    playing({});
    playing({}, other);
    const servers = [server.address, `${other.address}/app`];
    const found = await zooKeeperProber(systemClock)(
      { servers, credentials: credentials('Digest') },
      new AbortController().signal,
    );
    expect(found).toMatchObject([{ address: server.address }, { address: other.address }]);
    expect(asked.filter((each) => each === 'getData /app')).toHaveLength(2);
  });

  test('tells how long it took to answer, even where no session comes about', async () => {
    class SteppingClock extends FakeClock {
      #atMs = 0;
      override monotonicMs(): number {
        return (this.#atMs += 7);
      }
    }
    const told = { version: '3.9.5', mode: 'follower', latencyMs: 7 };
    playing({ getData: ERROR.system });
    expect(await probe({}, { clock: new SteppingClock() })).toMatchObject({
      ...{ ...told, reachable: true },
    });
    const request = { credentials: credentials('Digest') };
    expect(await probe(request, { clock: new SteppingClock() })).toMatchObject({
      ...{ ...told, reachable: false, reason: 'Unreachable' },
      message: expect.stringContaining('answered with SystemError') as unknown,
    });
  });

  test('is there where it may not answer srvr', async () => {
    playing({ srvr: NOT_ALLOWED });
    expect(await probe()).toEqual({
      ...{ address: server.address, reachable: true, credentials: 'NotUsed' },
    });
  });

  test.each<{ name: string; part: Part; reason: string; says: string; version?: string }>([
    {
      name: 'it says that it has no quorum, and closes sessions without a word',
      part: { srvr: NOT_SERVING, session: 'refused' },
      ...{ reason: 'NotServing', says: 'it has no quorum' },
    },
    {
      name: 'it says that it offers only reading, and closes sessions without a word',
      part: { srvr: 'Zookeeper version: 3.9.5\nMode: read-only\n', session: 'refused' },
      ...{ reason: 'NotServing', says: 'offers only reading', version: '3.9.5' },
    },
    {
      name: 'it may not answer srvr, and takes nobody without an identity',
      part: { srvr: NOT_ALLOWED, auth: ERROR.requireAuth },
      ...{ reason: 'AuthenticationRequired', says: 'and digest did not do' },
    },
    {
      name: 'it closes sessions without a word',
      part: { session: 'refused' },
      ...{ reason: 'ConnectionClosed', says: 'maxClientCnxns' },
    },
  ])('is not to be used where $name: $reason', async ({ part, reason, says, version }) => {
    playing(part);
    const request = { credentials: credentials('Digest') };
    expect(await probe(request, { timeoutMs: SHORT_MS })).toMatchObject({
      ...{ reachable: false, reason, ...(version === undefined ? {} : { version }) },
      message: expect.stringContaining(says) as unknown,
    });
  });

  test('without TLS is asked nothing where the spec says TLS', async () => {
    playing({});
    const found = await probe({ tls: {} }, { timeoutMs: SHORT_MS });
    expect(found).toMatchObject({ reachable: false });
    expect(found).not.toHaveProperty('version');
    expect(asked).toEqual([]);
  });
});

describe('the probe', () => {
  test('leaves nothing behind: no session, no timer, nobody who listens', async () => {
    playing({});
    const clock = new FakeClock();
    const { signal } = new AbortController();
    await probe({ credentials: credentials('Digest') }, { clock, signal });
    expect(asked.at(-1)).toBe('close');
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each<{ part: Part; reaches: string }>([
    { part: { srvr: null }, reaches: 'srvr' },
    { part: { session: 'silent' }, reaches: 'connect 10000' },
    { part: { getData: 'silent' }, reaches: 'getData /' },
  ])('ends when it is told to, however far it is: $reaches', async ({ part, reaches }) => {
    playing(part);
    const stop = new AbortController();
    const request = { credentials: credentials('Digest') };
    const probing = probe(request, { signal: stop.signal, timeoutMs: 600_000 });
    await Promise.all([
      expect(probing).rejects.toThrow(),
      eventually(() => asked.includes(reaches), { timeoutMs: 10_000 }).then(() => {
        stop.abort(new Error('enough'));
      }),
    ]);
    // Nor does it wait for the end of a session that may not be answered either.
    expect(asked.at(-1)).toBe(reaches);
  });

  test('waits no longer for a session than for srvr', async () => {
    playing({ session: 'silent' });
    expect(await probe({}, { timeoutMs: SHORT_MS })).toMatchObject({
      ...{ version: '3.9.5', reachable: false, reason: 'ConnectTimeout' },
      message: expect.stringContaining('stays silent') as unknown,
    });
  });

  test('takes no more of srvr than any server says', async () => {
    playing({ srvr: SRVR + 'a'.repeat(2 * 1024 * 1024) });
    const found = await probe();
    expect(found).toMatchObject({ reachable: true });
    expect(found).not.toHaveProperty('version');
  });

  test('waits for no answer of 2 MiB to a session', async () => {
    playing({ session: 'huge' });
    expect(await probe({}, { timeoutMs: SHORT_MS })).toMatchObject({
      ...{ reachable: false, reason: 'NotZooKeeper' },
    });
  });
});
