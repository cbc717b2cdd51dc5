import { describe, expect, test } from '@jest/globals';
import { SERVER_ERRORS } from '../../api/server-errors.ts';
import { errorCodeOf, ZooKeeperError } from '../../zookeeper/index.ts';
import { errorCodes } from '../../zookeeper/testing/index.ts';
import { connectFailure, sessionFailure } from './zookeeper-failure.ts';
import { RequestLimit } from './request-limit.ts';
import type { Session } from './session.ts';
import type { SideOptions } from './side.ts';

const options: SideOptions = {
  servers: ['zk-0:2181'],
  chroot: '',
  credentialsDir: null,
  authentication: 'None',
  tls: null,
  sessionTimeoutMs: 30_000,
};

describe('a side that does not answer in time', () => {
  test.each([
    { timeoutStage: 'connection', hint: 'no answer to the connection attempt: a firewall' },
    { timeoutStage: 'answer', hint: 'accepts connections and stays silent' },
    { timeoutStage: 'tlsHandshake', hint: 'does not finish the TLS handshake' },
  ] as const)('says how far it came: $timeoutStage', ({ timeoutStage, hint }) => {
    const error = new ZooKeeperError('ConnectTimeout', 'late', { timeoutStage });
    const { message } = connectFailure('source', options, error);
    expect(message).toContain('ConnectTimeout: nothing answered in time: check address');
    expect(message).toContain(hint);
  });

  test('says only that where nobody knows more', () => {
    const error = new ZooKeeperError('ConnectTimeout', 'late');
    expect(connectFailure('source', options, error).message).toBe(
      'No session with the source (zk-0:2181), ConnectTimeout: nothing answered in time: check address, network policies and firewalls.',
    );
  });
});

describe('a server that answers with an error instead of a session', () => {
  test.each(errorCodes)('$name: is told by its name, with what to do', ({ code: serverCode }) => {
    const code = errorCodeOf(serverCode);
    const error = new ZooKeeperError(code, 'no', { serverCode, operation: 'connect' });
    const { message, ...failure } = connectFailure('source', options, error);
    expect(failure).toHaveProperty('outcome');
    expect(message).toMatch(new RegExp(`${code}|refused the credentials`));
    expect(message).not.toContain('ConnectTimeout');
    expect(message).toMatch(/: .+[^.]\.$/);
  });

  test('says what the error means and what to do about it', () => {
    const error = new ZooKeeperError('MarshallingError', 'no', { serverCode: -5 });
    const { meaning, remedy } = SERVER_ERRORS.MarshallingError;
    expect(connectFailure('source', options, error).message).toBe(
      `No session with the source (zk-0:2181), MarshallingError: ${meaning} ${remedy}`,
    );
  });

  test('is not taken for one that is too old, which nobody said', () => {
    const error = new ZooKeeperError('Unimplemented', 'no', { serverCode: -6 });
    expect(connectFailure('source', options, error)).toMatchObject({
      outcome: 'SourceUnavailable',
    });
    const tooOld = new ZooKeeperError('Unimplemented', 'servers before 3.4 know no transactions');
    expect(connectFailure('source', options, tooOld)).toMatchObject({
      ...{ outcome: 'GuardRefused', guard: 'ServerTooOld' },
    });
  });
});

test('servers that turn every request away are named by their settings, and worth another try', () => {
  const session = {} as Session;
  const requestLimit = new RequestLimit();
  const error = new ZooKeeperError('Throttled', 'turned away', { serverCode: -127 });
  const failure = sessionFailure({ name: 'destination', options, session, requestLimit }, error);
  expect(failure).toMatchObject({ outcome: 'DestinationUnavailable' });
  expect(failure.message).toContain('zookeeper.throttled_op_wait_time');
  expect(failure.message).not.toContain('lost');
});
