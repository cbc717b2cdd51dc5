import { systemClock } from '../../../common/clock.ts';
import { errorMessage } from '../../../common/describe-error.ts';
import { digestAuth, ZooKeeperError, type AuthInfo } from '../../../zookeeper/index.ts';
import { WorkerFailure } from '../../failure.ts';
import { RequestLimit } from '../request-limit.ts';
import type { Driver, OpenSessionOptions, SessionTicket } from '../session.ts';
import { ThrottleValve } from '../throttling/throttle-valve.ts';
import { importNativeClient, type NativeClient, type NativeClientClass } from './native-client.ts';
import { endOf, NativeSession } from './native-session.ts';

/** The log of the C library goes to standard error, in a format of its own: off. */
const NO_LOG = 0;

/** By default the addon takes a znode that arrives in more than a few pieces for a lost session. */
const NO_LIMIT = 0x7fffffff;

/**
 * The C library of the ZooKeeper project, by the npm package `zookeeper`.
 *
 * @throws WorkerFailure `BadArguments` where it is not installed or was not compiled
 */
export async function loadNativeDriver(importClient = importNativeClient): Promise<Driver> {
  try {
    const Client = await importClient();
    return { name: 'native', open: (options) => open(Client, options) };
  } catch (error) {
    const [reason = ''] = errorMessage(error).split('\n');
    const message = `--driver: found "native", but the npm package zookeeper cannot be loaded (${reason}): install it where there is a C++ compiler, make and python3 (npm install zookeeper), or leave --driver out.`;
    throw new WorkerFailure('BadArguments', message, { cause: error });
  }
}

async function open(
  Client: NativeClientClass,
  options: OpenSessionOptions,
): Promise<NativeSession> {
  const { servers, sessionTimeoutMs, attach } = options;
  const digests = digestsOf(options);
  // A session that was taken from another client is taken back at any moment: ask it nothing.
  const identities = attach === undefined ? digests.map(textOf) : [];
  const client = new Client({
    connect: servers.join(','),
    timeout: sessionTimeoutMs,
    debug_level: NO_LOG,
    response_counter_limit: NO_LIMIT,
    ...(attach === undefined ? {} : ticketConfig(attach)),
  });
  await connected(client, options);
  const { signal, onConnectionLost, onThrottled, requestLimit = new RequestLimit() } = options;
  const authSchemes = identities.map(({ scheme }) => scheme);
  const clock = systemClock;
  const valve = new ThrottleValve({ clock, signal, onThrottled });
  const session = new NativeSession(client, {
    clock,
    valve,
    requestLimit,
    onConnectionLost,
    authSchemes,
  });
  try {
    for (const identity of identities) await addAuth(client, identity);
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}

/** The C library says nothing of why it found no server; so only the deadline can. */
function connected(client: NativeClient, options: OpenSessionOptions): Promise<void> {
  const { signal, sessionTimeoutMs, connectTimeoutMs = sessionTimeoutMs } = options;
  return new Promise((resolve, reject) => {
    const giveUp = (error: ZooKeeperError): void => {
      settle();
      reject(error);
      client.close();
    };
    const onAbort = (): void => {
      giveUp(new ZooKeeperError('Aborted', 'connecting was aborted'));
    };
    const cancel = systemClock.setTimer(connectTimeoutMs, () => {
      giveUp(new ZooKeeperError('ConnectTimeout', `no session within ${connectTimeoutMs} ms`));
    });
    const settle = (): void => {
      cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    client.on('connect', () => {
      settle();
      resolve();
    });
    client.on('close', (_, code) => {
      settle();
      reject(endOf(code));
    });
    if (signal?.aborted) onAbort();
    else client.init({});
  });
}

function addAuth(client: NativeClient, { scheme, text }: Identity): Promise<void> {
  return new Promise((resolve, reject) => {
    const answered = (rc: number): void => {
      if (rc === 0) resolve();
      else reject(new ZooKeeperError('AuthFailed', `the server refused ${scheme} (${rc})`));
    };
    const notSent = client.add_auth(scheme, text, answered);
    if (notSent !== 0) answered(notSent);
  });
}

interface Identity {
  readonly scheme: string;
  readonly text: string;
}

/** The addon is compiled without SASL and TLS; `Auto` is a digest with it. */
function digestsOf({ auth = [], sasl, tls }: OpenSessionOptions): readonly AuthInfo[] {
  if (tls !== undefined) throw unable('TLS');
  if (sasl === undefined) return auth;
  if (sasl.whenNotOffered !== 'digest') throw unable('SASL');
  return [digestAuth(sasl.user, sasl.password), ...auth];
}

function unable(what: string): WorkerFailure {
  const message = `The native driver does no ${what}: leave --driver out.`;
  return new WorkerFailure('BadArguments', message);
}

function textOf({ scheme, credential }: AuthInfo): Identity {
  const text = credential.toString('utf8');
  if (Buffer.from(text).equals(credential)) return { scheme, text };
  const message =
    'The native driver takes user and password as UTF-8 text, and they are not: leave --driver out.';
  throw new WorkerFailure('BadArguments', message);
}

/** Upper case: the addon takes no other digits. */
function ticketConfig({ sessionId, password }: SessionTicket): object {
  return {
    client_id: sessionId.toString(16),
    client_password: password.toString('hex').toUpperCase(),
  };
}
