import { describe, expect, test } from '@jest/globals';
import { SERVER_ERRORS } from '../../api/server-errors.ts';
import { errorCodeOf, ZooKeeperError } from '../../zookeeper/index.ts';
import { errorCodes } from '../../zookeeper/testing/index.ts';
import { connectionFailureOf } from '../../assets/zookeeper/connection-failure.ts';
import { connectFailure, sessionFailure } from './zookeeper-failure.ts';
import { RequestLimit } from './request-limit.ts';
import type { Session } from './session.ts';
import type { Side, SideOptions } from './side.ts';

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
    expect(message).toContain('ConnectTimeout: no answer in time: check the address');
    expect(message).toContain(hint);
  });

  test('says only that where nobody knows more', () => {
    const error = new ZooKeeperError('ConnectTimeout', 'late');
    expect(connectFailure('source', options, error).message).toBe(
      'No session with the source (zk-0:2181), ConnectTimeout: no answer in time: check the address, and network policies and firewalls on the way.',
    );
  });
});

describe('a server that answers with an error instead of a session', () => {
  test.each(errorCodes)('$name: is told by its name, with what to do', ({ code: serverCode }) => {
    const code = errorCodeOf(serverCode);
    const error = new ZooKeeperError(code, 'no', { serverCode, operation: 'connect' });
    const { message, ...failure } = connectFailure('source', options, error);
    expect(failure).toHaveProperty('outcome');
    expect(message).toMatch(new RegExp(`, ${code}: `));
    expect(message).not.toContain('ConnectTimeout');
    expect(message).toMatch(/: .+[^.]\.$/);
  });

  test('says what the error means and what to do about it', () => {
    const error = new ZooKeeperError('MarshallingError', 'no', { serverCode: -5 });
    const { meaning, remedy } = SERVER_ERRORS.MarshallingError;
    expect(connectFailure('source', options, error).message).toBe(
      `No session with the source (zk-0:2181), MarshallingError: the server answered with MarshallingError: ${meaning} ${remedy}`,
    );
  });

  test('is not taken for one that is too old, which nobody said', () => {
    const error = new ZooKeeperError('Unimplemented', 'no', { serverCode: -6 });
    expect(connectFailure('source', options, error)).toMatchObject({
      outcome: 'SourceUnavailable',
    });
    const tooOld = new ZooKeeperError('Unimplemented', 'servers before 3.4 know no transactions');
    expect(connectFailure('source', options, tooOld)).toMatchObject({
      ...{ outcome: 'GuardRefused', guard: 'ServerTooOld', cause: tooOld },
      message: expect.stringContaining('The source (zk-0:2181) is older than ZooKeeper') as unknown,
    });
  });
});

describe('a session that cannot be used any more', () => {
  const session = {} as Session;
  const requestLimit = new RequestLimit();
  const side: Side = { name: 'destination', options, session, requestLimit };

  test('for its servers turn every request away, names their settings, and is worth another try', () => {
    const error = new ZooKeeperError('Throttled', 'turned away', { serverCode: -127 });
    const failure = sessionFailure(side, error);
    expect(failure).toMatchObject({ outcome: 'DestinationUnavailable' });
    expect(failure.message).toContain('The destination answered a request with Throttled, -127: ');
    expect(failure.message).toContain('zookeeper.throttled_op_wait_time');
    expect(failure.message).not.toContain('lost');
  });

  test.each(['AuthFailed', 'SessionClosedRequireAuth'] as const)(
    'for nobody is let in again, ends as if it had never been opened: %s',
    (code) => {
      const error = new ZooKeeperError(code, 'no');
      const { message } = connectFailure('destination', options, error);
      expect(sessionFailure(side, error)).toMatchObject({
        ...{ outcome: 'AuthenticationFailed', message, cause: error },
      });
    },
  );
});

describe('a side that lets nobody in', () => {
  const said = (...args: ConstructorParameters<typeof ZooKeeperError>) =>
    connectFailure('destination', options, new ZooKeeperError(...args));

  test.each([
    { tlsReason: 'untrustedServer', outcome: 'AuthenticationFailed', says: 'into ca.crt' },
    { tlsReason: 'wrongServerName', outcome: 'AuthenticationFailed', says: 'another name' },
    {
      tlsReason: 'serverCertificateNotValidNow',
      outcome: 'AuthenticationFailed',
      says: 'renew it',
    },
    { tlsReason: 'clientCertificateRequired', outcome: 'AuthenticationFailed', says: 'demands' },
    { tlsReason: 'clientCertificateRefused', outcome: 'AuthenticationFailed', says: 'tls.crt' },
    { tlsReason: 'unusableCredentials', outcome: 'AuthenticationFailed', says: 'cannot be used' },
    { tlsReason: 'noCommonProtocol', outcome: 'DestinationUnavailable', says: 'TLS 1.2' },
    { tlsReason: 'notTls', outcome: 'DestinationUnavailable', says: 'does not speak TLS' },
    { tlsReason: 'other', outcome: 'DestinationUnavailable', says: 'log of the server' },
  ] as const)('for want of TLS: $tlsReason', ({ tlsReason, outcome, says }) => {
    const failure = said('TlsFailed', 'no certificate', { tlsReason });
    expect(failure).toMatchObject({ outcome, cause: { code: 'TlsFailed' } });
    expect(failure.message).toContain('the destination (zk-0:2181)');
    expect(failure.message).toContain('(no certificate)');
    expect(failure.message).toContain(says);
  });

  test.each([
    { code: 'ConnectionRefused', says: 'nothing listens on that port' },
    { code: 'HostUnreachable', says: 'no way to that host' },
    { code: 'NameNotResolved', says: 'the host name cannot be resolved' },
    { code: 'NotZooKeeper', says: 'does not speak the ZooKeeper protocol: give the client port' },
    { code: 'NotServing', says: 'Bring its ensemble to a quorum' },
    { code: 'NotReadOnly', says: 'its ensemble has no quorum. Bring its other servers back' },
    { code: 'ClosedByServer', says: 'maxClientCnxns' },
    { code: 'ProtocolError', says: '(what the client says).' },
  ] as const)('and may be there later: $code', ({ code, says }) => {
    const failure = said(code, 'what the client says');
    expect(failure).toMatchObject({ outcome: 'DestinationUnavailable', cause: { code } });
    expect(failure.message).toContain(`No session with the destination (zk-0:2181), ${code}: `);
    expect(failure.message).toContain(says);
  });

  test('for it does not take what it was offered says what was refused', () => {
    const failure = said('AuthFailed', 'the password is wrong');
    expect(failure).toMatchObject({
      outcome: 'AuthenticationFailed',
      message:
        'No session with the destination (zk-0:2181), AuthFailed: the server refused the credentials (the password is wrong): check user and password of the Secret, and spec.zookeeper.client.authentication.',
      cause: { code: 'AuthFailed' },
    });
  });

  test.each([
    { name: 'no Secret', given: {}, says: 'no credentials are used: offer user and password' },
    {
      name: 'a Secret that is not to be used',
      given: { credentialsDir: '/credentials' },
      says: 'no credentials are used: offer user and password',
    },
    {
      name: 'a way to use one, and no Secret',
      given: { authentication: 'Digest' },
      says: 'no credentials are used: offer user and password',
    },
    {
      name: 'user and password',
      given: { authentication: 'Digest', credentialsDir: '/credentials' },
      says: 'digest did not do: offer user and password by SASL',
    },
  ] as const)('for it wants something else than $name', ({ given, says }) => {
    const error = new ZooKeeperError('SessionClosedRequireAuth', 'no');
    const failure = connectFailure('destination', { ...options, ...given }, error);
    expect(failure).toMatchObject({ outcome: 'AuthenticationFailed' });
    expect(failure.message).toContain(
      'No session with the destination (zk-0:2181), SessionClosedRequireAuth: the server serves only clients that authenticate (enforce.auth)',
    );
    expect(failure.message).toContain(says);
  });

  test.each(errorCodes)('says of $name what the operator says of it', ({ code: serverCode }) => {
    const error = new ZooKeeperError(errorCodeOf(serverCode), 'why', { serverCode });
    const { message } = connectionFailureOf(error, []);
    expect(connectFailure('source', options, error).message).toBe(
      `No session with the source (zk-0:2181), ${error.code}: ${message}`,
    );
  });

  test('names the error that its message is about', () => {
    const cause = new ZooKeeperError('ProtocolError', 'no frame');
    expect(said('ConnectionLoss', 'the connection broke', { cause }).message).toContain(
      ', ProtocolError: something answers there that does not speak the ZooKeeper protocol',
    );
  });

  test('stays what it is where it is no word of a client', () => {
    const error = new TypeError('a fault of ours');
    expect(connectFailure('source', options, error)).toBe(error);
    expect(connectFailure('source', options, 'odd')).toMatchObject({ message: 'odd' });
  });
});
