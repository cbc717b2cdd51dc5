import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SaslOptions } from '../auth/authenticator.ts';
import { digestAuth } from '../acl.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import {
  FakeClock,
  acceptLater,
  bytes,
  saslChallenge,
  saslProof,
  startFakeServer,
  type FakePeer,
  type FakeServer,
  type RequestFrame,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const opcodes = { ping: 11, auth: 100, sasl: 102, closeSession: -11 } as const;
const sasl: SaslOptions = { user: 'admin', password: 'secret' };
const auto: SaslOptions = { ...sasl, whenNotOffered: 'digest' };

let clock: FakeClock;
let server: FakeServer;

beforeEach(async () => {
  clock = new FakeClock();
  server = await startFakeServer();
});

afterEach(async () => {
  await server.close();
});

function open(options: Partial<ConnectOptions> = {}): Promise<ZooKeeperClient> {
  return connect({ servers: [server.address], clock, random: () => 0.5, sasl, ...options });
}

async function errorOf(promise: Promise<unknown>): Promise<ZooKeeperError> {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (error instanceof ZooKeeperError) return error;
  throw new Error(`expected a ZooKeeperError, got ${String(error)}`);
}

/** Accepts a connection up to the client's first token, while the time goes on. */
async function acceptOpening(sessionId = 7n): Promise<{ peer: FakePeer; request: RequestFrame }> {
  const peer = await acceptLater(server, clock);
  await peer.readConnect();
  peer.grant({ sessionId });
  const request = await peer.readRequest();
  return { peer, request };
}

function answerToken(peer: FakePeer, { xid }: RequestFrame, text: string | null): void {
  const body = bytes().buffer(text === null ? null : Buffer.from(text));
  peer.reply({ xid, body: body.build() });
}

/** SASL up to the server's proof, by a server that knows `password`. */
async function prove(peer: FakePeer, opening: RequestFrame, password = 'secret'): Promise<void> {
  answerToken(peer, opening, saslChallenge);
  const request = await peer.readRequest();
  const token = request.body.subarray(4).toString();
  answerToken(peer, request, saslProof(token, password));
}

describe('SASL DIGEST-MD5', () => {
  test('comes before identities and requests, none of which is sent until it is done', async () => {
    const opening = open({ auth: [digestAuth('a', '1')] });
    const { peer, request } = await acceptOpening();
    expect(request).toMatchObject({ opcode: opcodes.sasl, body: bytes().int(0).build() });
    answerToken(peer, request, saslChallenge);
    const proving = await peer.readRequest();
    expect(proving.opcode).toBe(opcodes.sasl);
    expect(proving.body.toString()).toContain('digest-uri="zookeeper/zk-sasl-md5"');
    expect(peer.unreadFrames).toBe(0);
    answerToken(peer, proving, saslProof(proving.body.subarray(4).toString(), 'secret'));
    const rest = [await peer.readRequest(), await peer.readRequest()];
    expect(rest.map(({ opcode }) => opcode)).toEqual([opcodes.auth, opcodes.ping]);
    for (const { xid } of rest) peer.reply({ xid });
    expect((await opening).authSchemes).toEqual(['sasl', 'digest']);
  });

  test('is done anew on the next connection, before requests that were waiting', async () => {
    const opening = open();
    const first = await acceptOpening();
    await prove(first.peer, first.request);
    await first.peer.answerPing();
    const client = await opening;
    first.peer.reset();
    await eventually(() => client.state === 'disconnected', { timeoutMs: 60_000 });
    const reading = errorOf(client.getData('/a'));
    const next = await acceptOpening();
    expect(next.request.opcode).toBe(opcodes.sasl);
    await prove(next.peer, next.request);
    await next.peer.answerPing();
    const request = await next.peer.readRequest();
    next.peer.reply({ xid: request.xid, zxid: 1n, error: -101 });
    expect(await reading).toMatchObject({ code: 'NoNode' });
  });

  test('takes another nonce of its own for each connection', async () => {
    const opening = open();
    const nonces = new Set<string | undefined>();
    for (let round = 0; round < 2; round++) {
      const { peer, request } = await acceptOpening();
      answerToken(peer, request, saslChallenge);
      const { body } = await peer.readRequest();
      nonces.add(/cnonce="([^"]{24,})"/.exec(body.toString())?.[1]);
      // The second close in a row on the password is a refusal, which ends the attempts.
      peer.end();
    }
    expect(await errorOf(opening)).toMatchObject({ code: 'AuthFailed' });
    expect(nonces.size).toBe(2);
    expect(nonces).not.toContain(undefined);
  });

  test.each([{ whenNotOffered: 'fail' }, { whenNotOffered: 'digest' }] as const)(
    'ends at once at a server that forges its proof ($whenNotOffered)',
    async ({ whenNotOffered }) => {
      const opening = errorOf(open({ sasl: { ...sasl, whenNotOffered } }));
      const { peer, request } = await acceptOpening();
      await prove(peer, request, 'guess');
      expect(await opening).toMatchObject({ code: 'AuthFailed', isRetryable: false });
      await peer.closed();
    },
  );

  test.each([
    { name: 'AuthFailed', error: -115 },
    { name: 'SessionClosedRequireAuth', error: -124 },
  ])('ends at once where the password is answered with $name', async ({ error }) => {
    const opening = errorOf(open({ sasl: auto }));
    const { peer, request } = await acceptOpening();
    answerToken(peer, request, saslChallenge);
    const { xid } = await peer.readRequest();
    peer.reply({ xid, error, body: bytes().int(-1).build() });
    expect(await opening).toMatchObject({ code: 'AuthFailed', serverCode: error });
  });

  test('ends at once where the server would go on with a stranger', async () => {
    const opening = errorOf(open({ sasl: auto }));
    const { peer, request } = await acceptOpening();
    answerToken(peer, request, saslChallenge);
    answerToken(peer, await peer.readRequest(), null);
    const error = await opening;
    expect(error.code).toBe('AuthFailed');
    expect(error.message).toContain('user or password');
  });

  test('names Kerberos where the server refuses even to open', async () => {
    const opening = errorOf(open({ sasl: auto }));
    const { peer, request } = await acceptOpening();
    peer.reply({ xid: request.xid, error: -115, body: bytes().int(-1).build() });
    const error = await opening;
    expect(error.code).toBe('AuthFailed');
    expect(error.message).toContain('Kerberos');
  });

  test('takes two closes in a row on the password for a refusal, one for an accident', async () => {
    const opening = errorOf(open({ sasl: auto }));
    for (let round = 0; round < 2; round++) {
      const { peer, request } = await acceptOpening();
      answerToken(peer, request, saslChallenge);
      await peer.readRequest();
      peer.end();
    }
    const error = await opening;
    expect(error.code).toBe('AuthFailed');
    expect(error.message).toContain('user and password');
  });

  test('goes on after a single close on the password', async () => {
    const opening = open();
    const first = await acceptOpening();
    answerToken(first.peer, first.request, saslChallenge);
    await first.peer.readRequest();
    first.peer.end();
    const second = await acceptOpening();
    await prove(second.peer, second.request);
    await second.peer.answerPing();
    expect((await opening).authSchemes).toEqual(['sasl']);
  });

  test('a reply to something else breaks the connection', async () => {
    const opening = errorOf(open({ connectTimeoutMs: 50 }));
    const { peer, request } = await acceptOpening();
    peer.reply({ xid: request.xid + 1, body: bytes().int(-1).build() });
    await peer.closed();
    clock.advance(100);
    expect(await opening).toMatchObject({ code: 'ProtocolError' });
  });

  test('needs a user', async () => {
    const error = await errorOf(open({ sasl: { user: '', password: 'x' } }));
    expect(error).toMatchObject({ code: 'BadArguments', message: 'sasl.user is empty' });
  });
});

describe('a server without SASL', () => {
  test('is refused where SASL is wanted', async () => {
    const opening = errorOf(open());
    const { peer, request } = await acceptOpening();
    answerToken(peer, request, null);
    const error = await opening;
    expect(error.code).toBe('AuthFailed');
    expect(error.message).toContain('does no SASL');
  });

  test('is shown the digest where that is allowed', async () => {
    const opening = open({ sasl: auto });
    const { peer, request } = await acceptOpening();
    answerToken(peer, request, null);
    const auth = await peer.readRequest();
    expect(auth.body).toEqual(bytes().int(0).string('digest').string('admin:secret').build());
    peer.reply({ xid: auth.xid });
    await peer.answerPing();
    expect((await opening).authSchemes).toEqual(['digest']);
  });

  test('that closes twice on the opening is shown the digest on the third connection', async () => {
    const opening = open({ sasl: auto });
    for (let round = 0; round < 2; round++) {
      const { peer, request } = await acceptOpening();
      expect(request.opcode).toBe(opcodes.sasl);
      peer.end();
    }
    const { peer, request } = await acceptOpening();
    expect(request.opcode).toBe(opcodes.auth);
    peer.reply({ xid: request.xid });
    await peer.answerPing();
    expect((await opening).authSchemes).toEqual(['digest']);
  });

  test('that does not know the request is shown the digest on the next connection', async () => {
    const opening = open({ sasl: auto });
    const first = await acceptOpening();
    first.peer.reply({ xid: first.request.xid, zxid: -1n, error: -6 });
    const { peer, request } = await acceptOpening();
    expect(request.opcode).toBe(opcodes.auth);
    peer.reply({ xid: request.xid });
    await peer.answerPing();
    expect((await opening).authSchemes).toEqual(['digest']);
  });

  test('that closes twice on the opening is refused where SASL is wanted', async () => {
    const opening = errorOf(open());
    for (let round = 0; round < 2; round++) (await acceptOpening()).peer.end();
    expect(await opening).toMatchObject({ code: 'AuthFailed' });
  });

  test('ends a session that another server verified: it would be a stranger there', async () => {
    const opening = open({ sasl: auto });
    const first = await acceptOpening();
    await prove(first.peer, first.request);
    await first.peer.answerPing();
    const client = await opening;
    first.peer.reset();
    const { peer, request } = await acceptOpening();
    answerToken(peer, request, null);
    expect(await client.closed).toMatchObject({
      reason: 'authenticationFailed',
      error: { code: 'AuthFailed' },
    });
  });

  test('ends such a session at once even by not knowing the request', async () => {
    await using other = await startFakeServer();
    const servers = [server.address, other.address];
    const opening = open({ servers, random: () => 0, sasl: auto });
    const first = await acceptOpening();
    await prove(first.peer, first.request);
    await first.peer.answerPing();
    const client = await opening;
    first.peer.reset();
    const peer = await other.accept();
    await peer.readConnect();
    peer.grant({ sessionId: 7n });
    peer.reply({ xid: (await peer.readRequest()).xid, zxid: -1n, error: -6 });
    await eventually(() => client.state === 'ended', { timeoutMs: 60_000 });
    expect((await client.closed).reason).toBe('authenticationFailed');
  });
});
