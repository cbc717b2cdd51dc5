import type { Clock } from '../clock.ts';
import { pause } from '../deadline.ts';
import { ZooKeeperError, toZooKeeperError, type ErrorCode } from '../errors.ts';
import { formatAddress, type ServerAddress } from './server-address.ts';
import type { ServerRotation } from './server-rotation.ts';

export interface ServerSearchOptions<T> {
  rotation: ServerRotation;
  clock: Clock;
  signal: AbortSignal;
  /** When to give up, by the clock. */
  deadlineMs: number;
  /** For one server, unless the deadline comes first. */
  attemptTimeoutMs: number;
  attempt: (server: ServerAddress, timeoutMs: number) => Promise<T>;
  /** Asked after each failure: whether to give up before the deadline. */
  isHopeless?: ((failures: ServerFailures) => boolean) | undefined;
}

/** What each server answered last, by its address. */
export type ServerFailures = ReadonlyMap<string, ZooKeeperError>;

export type ServerSearchResult<T> =
  | { readonly found: T }
  /** The deadline passed, or there was no hope. */
  | { readonly failures: ServerFailures };

/** Failures that no other server and no waiting will turn into success. */
const finalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SessionExpired',
  'AuthFailed',
  'SessionClosedRequireAuth',
  'Aborted',
  'Closed',
]);

export function isFinal(error: ZooKeeperError): boolean {
  return finalCodes.has(error.code);
}

/**
 * Tries server after server until one accepts or the deadline passes.
 *
 * @throws ZooKeeperError that is final, see {@link isFinal}
 */
export async function searchServer<T>(
  options: ServerSearchOptions<T>,
): Promise<ServerSearchResult<T>> {
  const { rotation, clock, signal, deadlineMs } = options;
  const failures = new Map<string, ZooKeeperError>();
  for (;;) {
    const { server, delayMs } = rotation.next();
    await pause(clock, Math.min(delayMs, deadlineMs - clock.nowMs()), signal);
    const remainingMs = deadlineMs - clock.nowMs();
    if (remainingMs <= 0) return { failures };
    const isCutShort = remainingMs < options.attemptTimeoutMs;
    try {
      const timeoutMs = Math.min(options.attemptTimeoutMs, remainingMs);
      const found = await options.attempt(server, timeoutMs);
      rotation.succeeded();
      return { found };
    } catch (thrown) {
      const error = toZooKeeperError(thrown, 'ConnectionLoss');
      if (isFinal(error)) throw error;
      const address = formatAddress(server);
      // An attempt that ran out of the whole search's time says less than an earlier full one.
      if (!(isCutShort && error.code === 'ConnectTimeout' && failures.has(address))) {
        failures.set(address, error);
      }
      if (options.isHopeless?.(failures) === true) return { failures };
    }
  }
}

/**
 * Every server gave a reason not to trust it over TLS, or not to be trusted. For a client that only
 * starts, that is a mistake in its configuration, to be told at once. A session that reconnects
 * goes on trying until it expires: its certificate or a server's may be renewed meanwhile.
 */
export function isTlsHopeless(
  servers: readonly ServerAddress[],
): (failures: ServerFailures) => boolean {
  const addresses = servers.map(formatAddress);
  return (failures) => addresses.every((address) => failures.get(address)?.code === 'TlsFailed');
}

/** From the failure that got furthest to the one that got least far. */
const byProgress: readonly ErrorCode[] = [
  'TlsFailed',
  'NotReadOnly',
  'NotZooKeeper',
  'ProtocolError',
  'ClosedByServer',
  'ConnectTimeout',
  'ConnectionRefused',
  'HostUnreachable',
  'NameNotResolved',
];

/** One error for a search in which no server accepted: the code of the most telling failure. */
export function searchError(failures: ServerFailures, timeoutMs: number): ZooKeeperError {
  const errors = [...failures.values()];
  const cause = mostTelling(errors);
  const reasons = errors.map((error) => error.message).join('; ');
  // A search that is hopeless ends before its time.
  const isHopeless = errors.length > 0 && errors.every((error) => error.code === 'TlsFailed');
  const within = isHopeless ? '' : ` within ${Math.round(timeoutMs)} ms`;
  const message = `no session${within}${reasons && `: ${reasons}`}`;
  if (cause === undefined)
    return new ZooKeeperError('ConnectTimeout', message, { operation: 'connect' });
  const { code, serverCode, tlsReason, timeoutStage } = cause;
  const details = { operation: 'connect', serverCode, tlsReason, timeoutStage, cause };
  return new ZooKeeperError(code, message, details);
}

/** A server that answers in words of the protocol got further than all others. */
function mostTelling(errors: readonly ZooKeeperError[]): ZooKeeperError | undefined {
  const rank = ({ code }: ZooKeeperError): number => byProgress.indexOf(code);
  return errors
    .filter(({ code, serverCode }) => serverCode !== null || byProgress.includes(code))
    .sort((one, other) => rank(one) - rank(other))[0];
}
