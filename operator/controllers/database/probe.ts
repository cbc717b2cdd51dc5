import { parseServer } from '../../../api/servers.ts';
import type { Clock } from '../../../common/clock.ts';
import {
  connect,
  fourLetterWord,
  parseSrvr,
  permissions,
  ZooKeeperError,
  type ConnectOptions,
  type ErrorCode,
  type ServerStatus,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import { joinSignals } from '../../runtime/signals.ts';
import {
  identityOptions,
  offeredSchemes,
  type AuthenticationScheme,
} from '../../../assets/zookeeper/connection-options.ts';
import type { Credentials, TlsCredentials } from '../../../assets/zookeeper/credentials.ts';
import { connectionFailureOf } from '../../../assets/zookeeper/connection-failure.ts';
import type { CredentialCheck, ServerProbe } from './server-probe.ts';

/** What a probe is to try. */
export interface ProbeRequest {
  /** As in the spec, in its order. */
  readonly servers: readonly string[];
  /** Undefined: no authentication. */
  readonly credentials: Credentials | undefined;
  /** Undefined: no TLS. */
  readonly tls?: TlsCredentials | undefined;
}

/** Finds out how the servers of an ensemble stand. Never rejects unless `signal` aborts. */
export type Prober = (
  request: ProbeRequest,
  signal: AbortSignal,
) => Promise<readonly ServerProbe[]>;

/** A server that takes longer would not serve a client either. */
const DEFAULT_TIMEOUT_MS = 5_000;

/** No answer to what a probe asks is longer, and nobody makes the operator hold more. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Of what is asked of the root, whose data and list may be as long as its servers let them be. */
const MAX_READ_BYTES = 64 * 1024;

/** What the probe leaves behind if it dies is gone after this. */
const SESSION_TIMEOUT_MS = 10_000;

/** After these no session need be tried: it meets the same wall. */
const NO_CONNECTION: ReadonlySet<ErrorCode> = new Set([
  'ConnectionRefused',
  'HostUnreachable',
  'NameNotResolved',
]);

/**
 * Probes servers by their own `srvr` and by a real session: `srvr` tells version and mode but may be
 * switched off, a session is what the worker will need. All servers at once, but each over one
 * connection after the other, since a server may take no more from one address (`maxClientCnxns`).
 */
export function zooKeeperProber(
  clock: Clock,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Prober {
  return ({ servers, ...request }, signal) => {
    const chroot = chrootOf(servers);
    const addresses = new Set(servers.map((server) => server.replace(/\/.*$/su, '')));
    const security = securityOf(request);
    const offered = offeredSchemes(request.credentials, request.tls);
    return Promise.all(
      [...addresses].map((address) =>
        probeServer({ address, chroot, security, offered, clock, timeoutMs }, signal),
      ),
    );
  };
}

interface Target {
  /** `host:port`. */
  readonly address: string;
  /** Path that the session is confined to; empty for none. */
  readonly chroot: string;
  readonly security: Pick<ConnectOptions, 'auth' | 'sasl' | 'tls'>;
  readonly offered: readonly AuthenticationScheme[];
  readonly clock: Clock;
  /** To connect, and as long again for all that is asked after. */
  readonly timeoutMs: number;
}

type Tried<T> = { readonly value: T } | { readonly error: ZooKeeperError };

async function probeServer(target: Target, signal: AbortSignal): Promise<ServerProbe> {
  const { address } = target;
  const startedMs = target.clock.monotonicMs();
  const status = await tried(askStatus(target, signal));
  const latencyMs = target.clock.monotonicMs() - startedMs;
  const isHopeless = 'error' in status && meetsWall(status.error);
  const session: Tried<CredentialCheck> = isHopeless
    ? status
    : await tried(trySession(target, signal));
  signal.throwIfAborted();
  const told = 'value' in status ? { ...identify(status.value), latencyMs } : {};
  if ('value' in status && status.value.mode === READ_ONLY) {
    return { address, ...told, reachable: false, ...connectionFailureOf(onlyReading(address)) };
  }
  if ('value' in session) return { address, ...told, reachable: true, credentials: session.value };
  const error = 'error' in status && isMoreTelling(status.error) ? status.error : session.error;
  return { address, ...told, reachable: false, ...connectionFailureOf(error, target.offered) };
}

/** As `srvr` tells it. It lets clients in that want to read only, if at all. */
const READ_ONLY = 'read-only';

function onlyReading(address: string): ZooKeeperError {
  return new ZooKeeperError('NotReadOnly', `${address}: srvr says Mode: ${READ_ONLY}`);
}

/** Nothing came about over which the server could have been silent. */
function meetsWall({ code, timeoutStage }: ZooKeeperError): boolean {
  if (code === 'ConnectTimeout') return timeoutStage !== 'answer';
  return NO_CONNECTION.has(code);
}

const MAX_WORD_LENGTH = 64;

/** Words of a stranger go into a status, a terminal and a metric: only so much of them, and no control. */
function identify({ version, mode }: ServerStatus): Pick<ServerStatus, 'version' | 'mode'> {
  const plain = (text: string): string =>
    Array.from(text.replace(/\p{C}/gu, '')).slice(0, MAX_WORD_LENGTH).join('');
  return { version: plain(version), mode: plain(mode) };
}

/** A server without a quorum only closes sessions; its own words say why. */
function isMoreTelling({ code }: ZooKeeperError): boolean {
  return code === 'NotServing';
}

async function askStatus({ address, timeoutMs, security }: Target, signal: AbortSignal) {
  const tls = security.tls === undefined ? {} : { tls: security.tls };
  const limits = { timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES };
  return parseSrvr(await fourLetterWord(address, 'srvr', { ...limits, signal, ...tls }));
}

async function trySession(target: Target, signal: AbortSignal): Promise<CredentialCheck> {
  const { address, chroot, security, timeoutMs, clock } = target;
  const client = await connect({
    servers: `${address}${chroot}`,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    connectTimeoutMs: timeoutMs,
    maxReplyBytes: MAX_ANSWER_BYTES,
    ...security,
    signal,
  });
  // What answers no read may not answer the end of the session either: neither is waited for longer.
  const late = new AbortController();
  const cancelTimer = clock.setTimer(timeoutMs, () => {
    late.abort(noAnswer(target));
  });
  const ended = joinSignals(signal, late.signal);
  const drop = (): void => void client.detach();
  ended.signal.addEventListener('abort', drop);
  try {
    const isAnonymous = client.authSchemes.length === 0;
    return isAnonymous ? 'NotUsed' : await checkCredentials(client);
  } catch (error) {
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    await client.close();
    cancelTimer();
    ended.release();
  }
}

function noAnswer({ address, timeoutMs }: Target): ZooKeeperError {
  const message = `${address}: a session, but no answer to a read within ${timeoutMs} ms`;
  return new ZooKeeperError('ConnectTimeout', message, { timeoutStage: 'answer' });
}

/**
 * SASL verifies user and password. With the scheme digest ZooKeeper takes any; whether they are
 * right shows only where a list of rights asks for them.
 */
async function checkCredentials(client: ZooKeeperClient): Promise<CredentialCheck> {
  const isVerified = client.authSchemes.includes('sasl');
  try {
    const isProtected = await readProtection(client);
    if (isVerified) return 'VerifiedBySasl';
    return isProtected ? 'Verified' : 'Unverifiable';
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    if (error.code === 'NoAuth') return isVerified ? 'VerifiedBySaslWithoutRight' : 'NoRightOnRoot';
    // The chroot may be for the worker to create; and a busy server executes nothing and says so.
    const saysNothing = error.code === 'NoNode' || error.code === 'Throttled';
    if (saysNothing) return isVerified ? 'VerifiedBySasl' : 'Unverifiable';
    throw error;
  }
}

/** @returns true if the root can be read by this user and not by everybody */
async function readProtection(client: ZooKeeperClient): Promise<boolean> {
  const options = { maxReplyBytes: MAX_READ_BYTES };
  // Its data takes the same right as its children, who may be many.
  await client.getData('/', options).catch(unlessTooLarge);
  const found = await client.getAcl('/', options).catch(unlessTooLarge);
  const mayAnybodyRead = found?.acl.some(
    (entry) => entry.scheme === 'world' && (entry.permissions & permissions.read) !== 0,
  );
  return mayAnybodyRead === false;
}

/** Whoever may not read is told so in few words. */
function unlessTooLarge(error: unknown): null {
  if (error instanceof ZooKeeperError && error.code === 'ReplyTooLarge') return null;
  throw error;
}

function securityOf({ credentials, tls }: Omit<ProbeRequest, 'servers'>): Target['security'] {
  return { ...identityOptions(credentials), ...(tls === undefined ? {} : { tls: () => tls }) };
}

/** One path holds for all servers: it stands after the last. */
function chrootOf(servers: readonly string[]): string {
  return parseServer(servers.at(-1) ?? '')?.chroot ?? '';
}

async function tried<T>(promise: Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await promise };
  } catch (error) {
    if (error instanceof ZooKeeperError) return { error };
    throw error;
  }
}
