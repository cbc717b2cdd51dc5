import { describe, expect, test } from '@jest/globals';
import {
  errorCodeOf,
  MultiError,
  type MultiOp,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import { RequestLimit } from '../request-limit.ts';
import type { WriteStep } from '../session.ts';
import type { ThrottleValve } from '../throttling/throttle-valve.ts';
import { PipelinedSession } from './pipelined-session.ts';

const STEPS: readonly WriteStep[] = [
  { kind: 'check', path: '/holder' },
  { kind: 'create', path: '/a', data: null },
];

/** A session at a server that answers the second step so. */
function sessionAnswering(serverCode: number): PipelinedSession {
  const answer = (ops: readonly MultiOp[]) => {
    const error = { type: 'error', serverCode, code: errorCodeOf(serverCode) } as const;
    return Promise.reject(new MultiError(ops, [{ type: 'undone' }, error]));
  };
  const client = { multi: answer, connectionCount: 1 } as Partial<ZooKeeperClient>;
  const valve = { pass: (_, send) => send() } as Partial<ThrottleValve>;
  return new PipelinedSession(client as ZooKeeperClient, valve as ThrottleValve, {
    hasMultiRead: true,
    isKeeper: false,
    requestLimit: new RequestLimit(),
  });
}

describe('the answer to a transaction', () => {
  test('is a refusal of the step that the server judged', async () => {
    const reply = await sessionAnswering(-110).write(STEPS);
    expect(reply.refusal).toEqual({ index: 1, code: 'NodeExists' });
  });

  test.each([
    [-127, 'Throttled'],
    [-112, 'SessionExpired'],
    [-118, 'SessionMoved'],
  ])('is no refusal where the step was not judged: %d is thrown', async (serverCode, code) => {
    await expect(sessionAnswering(serverCode).write(STEPS)).rejects.toMatchObject({ code });
  });
});
