import { describe, expect, test } from '@jest/globals';
import { ZooKeeperError } from '../../zookeeper/index.ts';
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

test('servers that turn every request away are named by their settings, and worth another try', () => {
  const session = {} as Session;
  const requestLimit = new RequestLimit();
  const error = new ZooKeeperError('Throttled', 'turned away', { serverCode: -127 });
  const failure = sessionFailure({ name: 'destination', options, session, requestLimit }, error);
  expect(failure).toMatchObject({ outcome: 'DestinationUnavailable' });
  expect(failure.message).toContain('zookeeper.throttled_op_wait_time');
  expect(failure.message).not.toContain('lost');
});
