import { systemClock, type Clock } from './clock.ts';
import { openConnection, type Connection, type ConnectionOptions } from './link/connection.ts';
import { startDeadline } from './deadline.ts';
import { ZooKeeperError, toZooKeeperError, type TimeoutStage } from './errors.ts';
import { formatAddress, parseServers, type ServerAddress } from './servers/server-address.ts';
import { checkTlsSource, type TlsSource } from './link/tls-options.ts';

export interface FourLetterWordOptions {
  /** For the whole exchange, in milliseconds; default 5,000. */
  timeoutMs?: number;
  /** A longer answer is not waited for; default 4 MiB, far more than `mntr` of a large server. */
  maxAnswerBytes?: number;
  signal?: AbortSignal;
  /** Ask over TLS; default: without. */
  tls?: TlsSource;
  clock?: Clock;
}

const DEFAULT_TIMEOUT_MS = 5_000;

const DEFAULT_MAX_ANSWER_BYTES = 4 * 1024 * 1024;

function singleServer(server: string): ServerAddress {
  const { servers } = parseServers(server);
  const [address] = servers;
  if (address !== undefined && servers.length === 1) return address;
  throw new ZooKeeperError('InvalidAddress', `one server expected, got "${server}"`);
}

/**
 * Asks one server a four-letter word, such as `srvr`, the one that every server answers unless it
 * was told not to.
 *
 * @param server `host:port`
 * @returns the server's text
 * @throws as `connect` does; ClosedByServer when it closes without a word
 */
export async function fourLetterWord(
  server: string,
  word: string,
  options: FourLetterWordOptions = {},
): Promise<string> {
  const address = singleServer(server);
  const tls = checkTlsSource(options.tls);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, clock = systemClock, signal } = options;
  const { maxAnswerBytes = DEFAULT_MAX_ANSWER_BYTES } = options;
  let timeoutStage: TimeoutStage = 'connection';
  const deadline = startDeadline({
    clock,
    timeoutMs,
    outer: signal,
    explain: () =>
      new ZooKeeperError(
        'ConnectTimeout',
        `${formatAddress(address)}: no answer to ${word} within ${timeoutMs} ms`,
        { timeoutStage },
      ),
  });
  try {
    const onStage = (stage: TimeoutStage): void => {
      timeoutStage = stage;
    };
    return await exchange(word, { address, tls, maxAnswerBytes, signal: deadline.signal, onStage });
  } finally {
    deadline.clear();
  }
}

interface ExchangeOptions extends Omit<ConnectionOptions, 'handlers'> {
  maxAnswerBytes: number;
  /** Told what is waited for next. */
  onStage: (stage: TimeoutStage) => void;
}

async function exchange(
  word: string,
  { address, tls, maxAnswerBytes, signal, onStage }: ExchangeOptions,
): Promise<string> {
  let connection: Connection | null = null;
  try {
    return await new Promise<string>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const fail = (code: ZooKeeperError['code'], reason: string, cause?: unknown): void => {
        reject(new ZooKeeperError(code, `${formatAddress(address)}: ${reason}`, { cause }));
      };
      const handlers = {
        onTcpConnected: () => onStage('tlsHandshake'),
        onData: (buffer: Buffer, byteCount: number): void => {
          bytes += byteCount;
          if (bytes > maxAnswerBytes) {
            const reason = `more than ${maxAnswerBytes} bytes in answer to ${word}`;
            fail('NotZooKeeper', reason);
          } else chunks.push(Buffer.from(buffer.subarray(0, byteCount)));
        },
        onClose: (cause: Error | null): void => {
          if (cause instanceof ZooKeeperError) reject(cause);
          else if (bytes > 0) resolve(Buffer.concat(chunks).toString('utf8'));
          else fail('ClosedByServer', `closed without an answer to ${word}`, cause ?? undefined);
        },
      };
      signal.addEventListener('abort', () => {
        reject(toZooKeeperError(signal.reason, 'Aborted'));
      });
      openConnection({ address, tls, signal, handlers }).then((opened) => {
        connection = opened;
        onStage('answer');
        opened.write([Buffer.from(word, 'ascii')]);
      }, reject);
    });
  } finally {
    (connection as Connection | null)?.destroy();
  }
}

export interface ServerStatus {
  /** For example `3.9.5`, without build number. */
  version: string;
  /** For example `standalone`, `leader`, `follower`, `observer`, `read-only`. */
  mode: string;
  /** Of requests since the server's start; null where the server does not say. */
  latencyMs: { min: number; avg: number; max: number } | null;
  connections: number | null;
  outstanding: number | null;
  /** Highest zxid the server has seen, hexadecimal with `0x`. */
  zxid: string | null;
  nodeCount: number | null;
}

function numberOf(fields: ReadonlyMap<string, string>, name: string): number | null {
  const value = fields.get(name);
  return value === undefined || Number.isNaN(Number(value)) ? null : Number(value);
}

function latencyOf(text: string | undefined): ServerStatus['latencyMs'] {
  const [min, avg, max] = (text ?? '').split('/').map(Number);
  if (min === undefined || avg === undefined || max === undefined) return null;
  return [min, avg, max].some(Number.isNaN) ? null : { min, avg, max };
}

/**
 * Reads the answer to `srvr`.
 *
 * @throws NotServing (running, but without a quorum), CommandRefused (not on the server's list of
 *   allowed words), NotZooKeeper
 */
export function parseSrvr(text: string): ServerStatus {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2).trim());
  }
  const mode = fields.get('Mode');
  const version = /^[^\s,-]+/.exec(fields.get('Zookeeper version') ?? '')?.[0];
  if (mode === undefined || version === undefined) throw notAStatus(text);
  return {
    version,
    mode,
    latencyMs: latencyOf(fields.get('Latency min/avg/max')),
    connections: numberOf(fields, 'Connections'),
    outstanding: numberOf(fields, 'Outstanding'),
    zxid: fields.get('Zxid') ?? null,
    nodeCount: numberOf(fields, 'Node count'),
  };
}

/** The server says these in words alone (its package `server.command`): there is no code. */
function notAStatus(text: string): ZooKeeperError {
  if (text.includes('not currently serving requests')) {
    return new ZooKeeperError('NotServing', 'the server is not serving requests');
  }
  if (text.includes('not in the whitelist')) {
    const message = 'the server does not allow srvr (4lw.commands.whitelist)';
    return new ZooKeeperError('CommandRefused', message);
  }
  const start = JSON.stringify(text.slice(0, 60));
  return new ZooKeeperError('NotZooKeeper', `not an answer to srvr: ${start}`);
}
