import type { AuthInfo } from './acl.ts';
import type { SaslOptions } from './auth/authenticator.ts';
import { systemClock, type Clock } from './clock.ts';
import { ZooKeeperError } from './errors.ts';
import { parseServers } from './servers/server-address.ts';
import type { SessionOptions } from './session/session.ts';
import type { SessionState } from './session/session-state.ts';
import { checkTlsSource, type TlsSource } from './link/tls-options.ts';

export interface ConnectOptions {
  /**
   * `host:port`, IPv6 addresses in brackets. The last one may carry a chroot, `host:port/path`:
   * all paths of the client are then below it.
   */
  servers: readonly string[] | string;
  /** What to ask the server for, in milliseconds; default 30,000. The server decides. */
  sessionTimeoutMs?: number;
  /** Deadline for `connect`, in milliseconds; default: `sessionTimeoutMs`. */
  connectTimeoutMs?: number;
  /** Identities to present on every connection before any request. */
  auth?: readonly AuthInfo[];
  /**
   * Authenticate by SASL DIGEST-MD5 on every connection, before `auth`. Kerberos (GSSAPI) is not
   * supported: a server that wants it is reported with AuthFailed. Default: no SASL.
   */
  sasl?: SaslOptions;
  /**
   * Speak TLS, with a certificate of the client's own if one is given; `{}` does with the
   * authorities that Node trusts. A function is asked before each connection. Default: no TLS.
   */
  tls?: TlsSource;
  /**
   * Take up a session that another client opened, instead of a new one. Whoever held it loses
   * its connection. Rejects with SessionExpired where the session is not known.
   */
  attach?: { sessionId: bigint; password: Buffer };
  /** Aborts `connect`; of no effect once that has resolved. */
  signal?: AbortSignal;
  /** Requests sent and not answered; default 1,000, which is where servers begin to throttle. */
  maxInFlightRequests?: number;
  /** Their size in bytes; default 8 MiB. */
  maxInFlightBytes?: number;
  /**
   * Largest request in bytes; default 1,048,575, as the server's `jute.maxbuffer`. A larger one
   * is refused here, because the server would drop the connection without a word. A function is asked
   * for each request.
   */
  maxPacketBytes?: number | (() => number);
  /** Largest reply in bytes; default 128 MiB. The server sets itself no limit. */
  maxReplyBytes?: number;
  /** Told of every change of the connection. Must not throw. */
  onStateChange?: (state: SessionState) => void;
  /** For tests. */
  clock?: Clock;
  /** For tests: a number from 0 up to but excluding 1. */
  random?: () => number;
  /** For tests: the number of the request before the first; default 0. */
  lastXid?: number;
}

export interface ResolvedOptions {
  session: SessionOptions;
  chroot: string;
  signal: AbortSignal | undefined;
}

const DEFAULT_SESSION_TIMEOUT_MS = 30_000;
const MAX_SESSION_TIMEOUT_MS = 0x7fffffff;

const defaultLimits = {
  maxInFlightRequests: 1_000,
  maxInFlightBytes: 8 * 1024 * 1024,
  maxPacketBytes: 0xfffff,
} as const;

const DEFAULT_MAX_REPLY_BYTES = 128 * 1024 * 1024;

function positiveInteger(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= MAX_SESSION_TIMEOUT_MS) return value;
  throw new ZooKeeperError('BadArguments', `${name} must be a positive integer, got ${value}`);
}

/**
 * Fills in defaults and validates.
 *
 * @throws InvalidAddress, BadArguments, TlsFailed (certificates or key that cannot be read)
 */
export function resolveOptions(options: ConnectOptions): ResolvedOptions {
  const { servers, chroot } = parseServers(options.servers);
  const { sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS } = options;
  const limits = { ...defaultLimits, ...definedLimits(options) };
  return {
    chroot,
    signal: options.signal,
    session: {
      servers,
      sessionTimeoutMs: positiveInteger('sessionTimeoutMs', sessionTimeoutMs),
      connectTimeoutMs: positiveInteger(
        'connectTimeoutMs',
        options.connectTimeoutMs ?? sessionTimeoutMs,
      ),
      auth: options.auth ?? [],
      sasl: options.sasl === undefined ? null : checkedSasl(options.sasl),
      tls: checkTlsSource(options.tls),
      attach: options.attach ?? null,
      limits: {
        maxInFlightRequests: positiveInteger('maxInFlightRequests', limits.maxInFlightRequests),
        maxInFlightBytes: positiveInteger('maxInFlightBytes', limits.maxInFlightBytes),
        maxPacketBytes:
          typeof limits.maxPacketBytes === 'function'
            ? limits.maxPacketBytes
            : positiveInteger('maxPacketBytes', limits.maxPacketBytes),
      },
      maxReplyBytes: positiveInteger(
        'maxReplyBytes',
        options.maxReplyBytes ?? DEFAULT_MAX_REPLY_BYTES,
      ),
      ...surroundings(options),
    },
  };
}

function checkedSasl(sasl: SaslOptions): SaslOptions {
  if (sasl.user !== '') return sasl;
  throw new ZooKeeperError('BadArguments', 'sasl.user is empty');
}

function surroundings({
  clock = systemClock,
  random = Math.random,
  onStateChange = () => undefined,
  lastXid = 0,
}: ConnectOptions): Pick<SessionOptions, 'clock' | 'random' | 'onStateChange' | 'lastXid'> {
  return { clock, random, onStateChange, lastXid };
}

function definedLimits(options: ConnectOptions): Partial<SessionOptions['limits']> {
  const names = ['maxInFlightRequests', 'maxInFlightBytes', 'maxPacketBytes'] as const;
  const given = names.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}
