import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../common/clock.ts';
import type { Answer, NativeClient } from './native-client.ts';
import { RequestLimit } from '../request-limit.ts';
import { ThrottleValve } from '../throttling/throttle-valve.ts';
import { NativeSession } from './native-session.ts';

const RUNTIME_INCONSISTENCY = -2;
const CONNECTION_LOSS = -4;
const OPERATION_TIMEOUT = -7;
const NO_AUTH = -102;

let sessions: NativeSession[] = [];

afterEach(async () => {
  for (const session of sessions) await session.close();
  sessions = [];
});

/** A session whose C library answers every request with this code. */
function answeredWith(rc: number): NativeSession {
  const answer = (...args: readonly unknown[]): number => {
    (args.at(-1) as Answer<[]>)(rc, 'test');
    return 0;
  };
  const calls = { on: () => undefined, close: () => undefined, a_create: answer, a_get: answer };
  const client = { timeout: 30_000, ...calls };
  const session = new NativeSession(client as unknown as NativeClient, {
    clock: systemClock,
    requestLimit: new RequestLimit(),
    valve: new ThrottleValve({ clock: systemClock }),
    onConnectionLost: undefined,
    authSchemes: [],
  });
  sessions.push(session);
  return session;
}

const create = { kind: 'create', path: '/a', data: null } as const;

describe('where the C library gives its connection up', () => {
  test.each([RUNTIME_INCONSISTENCY, CONNECTION_LOSS, OPERATION_TIMEOUT])(
    'with %s, a write may have happened and is no refusal, and a read may be done again',
    async (rc) => {
      const session = answeredWith(rc);
      const lost = { code: 'ConnectionLoss', serverCode: rc };
      await expect(session.write([create])).rejects.toMatchObject({
        ...lost,
        isOutcomeUnknown: true,
      });
      await expect(session.read([{ kind: 'znode', path: '/a' }])).rejects.toMatchObject(lost);
    },
  );
});

test('what the server refuses is a refusal', async () => {
  const reply = await answeredWith(NO_AUTH).write([create]);
  expect(reply).toEqual({ refusal: { index: 0, code: 'NoAuth' }, zxid: null });
});
