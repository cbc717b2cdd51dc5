import { describe, expect, test } from '@jest/globals';
import { isServerErrorName, SERVER_ERRORS } from '../../api/server-errors.ts';
import {
  errorCodeOf,
  ZooKeeperError,
  type ErrorCode,
  type TlsFailureReason,
} from '../../zookeeper/index.ts';
import { errorCodes } from '../../zookeeper/testing/index.ts';
import { connectionFailureOf } from './connection-failure.ts';

function told(code: ErrorCode, details: ConstructorParameters<typeof ZooKeeperError>[2] = {}) {
  return connectionFailureOf(new ZooKeeperError(code, 'what the client says', details));
}

describe('what is said of a connection that came to nothing', () => {
  test.each<{ code: ErrorCode; reason: string; says: string }>([
    {
      code: 'ConnectionRefused',
      reason: 'ConnectionRefused',
      says: 'nothing listens on that port',
    },
    { code: 'ConnectTimeout', reason: 'ConnectTimeout', says: 'no answer in time' },
    { code: 'HostUnreachable', reason: 'HostUnreachable', says: 'no way to that host' },
    { code: 'NameNotResolved', reason: 'NameNotResolved', says: 'host name cannot be resolved' },
    { code: 'ClosedByServer', reason: 'ConnectionClosed', says: 'closed without an answer' },
    { code: 'ConnectionLoss', reason: 'ConnectionClosed', says: 'closed without an answer' },
    { code: 'NotZooKeeper', reason: 'NotZooKeeper', says: 'protocol: give the client port' },
    { code: 'ProtocolError', reason: 'NotZooKeeper', says: '(what the client says)' },
    { code: 'NotServing', reason: 'NotServing', says: 'serves nobody: it has no quorum' },
    { code: 'NotReadOnly', reason: 'NotServing', says: 'offers only reading' },
    { code: 'TlsFailed', reason: 'TLSFailed', says: 'the TLS handshake failed: look into the log' },
    {
      code: 'AuthFailed',
      reason: 'AuthenticationFailed',
      says: 'refused the credentials (what the client says): check',
    },
    {
      ...{ code: 'SessionClosedRequireAuth', reason: 'AuthenticationRequired' },
      says: 'only clients that authenticate (enforce.auth), and no credentials are used: offer user',
    },
    { code: 'Closed', reason: 'Unreachable', says: 'the connection failed: what the client says.' },
  ])('$code is $reason, with what to do', ({ code, reason, says }) => {
    const failure = told(code);
    expect(failure.reason).toBe(reason);
    expect(failure.message).toContain(says);
  });

  test.each(errorCodes)('a server that answers $name is told with what that means', ({ code }) => {
    const name = errorCodeOf(code);
    const { reason, message } = told(name, { serverCode: code });
    if (reason !== 'Unreachable' || !isServerErrorName(name)) return;
    const { meaning, remedy } = SERVER_ERRORS[name];
    expect(message).toBe(`the server answered with ${name}: ${meaning} ${remedy}`);
  });

  test('how far a silent server came', () => {
    expect(told('ConnectTimeout').message).toBe(
      'no answer in time: check the address, and network policies and firewalls on the way.',
    );
    expect(told('ConnectTimeout', { timeoutStage: 'answer' }).message).toBe(
      'no answer in time: check the address, and network policies and firewalls on the way (what is there accepts connections and stays silent).',
    );
  });

  test.each<{ tlsReason: TlsFailureReason; says: string }>([
    { tlsReason: 'untrustedServer', says: 'ca.crt' },
    { tlsReason: 'wrongServerName', says: 'tls.serverName' },
    { tlsReason: 'serverCertificateNotValidNow', says: 'renew it' },
    { tlsReason: 'clientCertificateRequired', says: 'tls.crt and tls.key' },
    { tlsReason: 'clientCertificateRefused', says: 'renew tls.crt' },
    { tlsReason: 'unusableCredentials', says: 'cannot be used' },
    { tlsReason: 'noCommonProtocol', says: 'TLS 1.2' },
    { tlsReason: 'notTls', says: 'does not speak TLS' },
  ])('why there is no TLS: $tlsReason', ({ tlsReason, says }) => {
    const { reason, message } = told('TlsFailed', { tlsReason });
    expect(reason).toBe('TLSFailed');
    expect(message).toContain(says);
    expect(message).toContain('(what the client says).');
  });

  test('a connection that was dropped for what came over it was not closed by the server', () => {
    const cause = new ZooKeeperError('ProtocolError', 'no frame');
    expect(told('ConnectionLoss', { cause })).toEqual({
      reason: 'NotZooKeeper',
      message:
        'something answers there that does not speak the ZooKeeper protocol: give the client port, 2181 as a rule (no frame).',
    });
    const other = new ZooKeeperError('ConnectionRefused', 'no');
    expect(told('ConnectionLoss', { cause: other }).reason).toBe('ConnectionClosed');
  });

  test('what to authenticate with where what was offered did not do', () => {
    const required = new ZooKeeperError('SessionClosedRequireAuth', '');
    expect(connectionFailureOf(required, ['sasl', 'digest']).message).toBe(
      'the server serves only clients that authenticate (enforce.auth), and sasl and digest did not do: offer a client certificate (spec.zookeeper.client.tls.enabled, tls.crt and tls.key in the Secret, and the port with TLS), whichever enforce.auth.schemes of the server names.',
    );
    expect(connectionFailureOf(required, ['sasl', 'digest', 'x509']).message).toBe(
      'the server serves only clients that authenticate (enforce.auth), and sasl and digest and x509 did not do: look into enforce.auth.schemes of the server.',
    );
  });
});
