import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { ZooKeeperError } from '../errors.ts';

type Pem = string | Buffer;

/**
 * How to speak TLS (1.2 or later). The server's certificate is always verified: its authority, its
 * dates, and that it names the host as it stands in `servers`.
 */
export interface TlsOptions {
  /** Authorities that may vouch for the servers, PEM; default: those that Node trusts. */
  ca?: Pem;
  /** The client's certificate, followed by what leads to its authority, PEM; needs `key`. */
  cert?: Pem;
  /** The private key of `cert`, PEM, not encrypted. */
  key?: Pem;
  /**
   * The name or address to expect in the servers' certificates; default: the host in `servers`.
   * For servers that are reached under names which their certificates do not carry.
   */
  serverName?: string;
}

/**
 * Options that stay as they are, or a function that is asked for them before each connection, so
 * that certificates which were renewed meanwhile are used.
 */
export type TlsSource = TlsOptions | (() => TlsOptions | Promise<TlsOptions>);

function unusable(problem: string, cause?: unknown): ZooKeeperError {
  const details = { cause, tlsReason: 'unusableCredentials' } as const;
  return new ZooKeeperError('TlsFailed', `TLS: ${problem}`, details);
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function parseCertificates(name: string, pem: Pem): [X509Certificate, ...X509Certificate[]] {
  const blocks = pem.toString().match(pemCertificate) ?? [];
  const [first, ...rest] = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw unusable(`certificate ${index + 1} of ${name} cannot be read`, error);
    }
  });
  if (first === undefined) throw unusable(`${name} holds no certificate in PEM`);
  return [first, ...rest];
}

function parseKey(pem: Pem): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw unusable('key holds no private key in PEM that can be read without a password', error);
  }
}

function checkPair(cert: Pem | undefined, key: Pem | undefined): void {
  if (cert === undefined && key === undefined) return;
  if (cert === undefined) throw unusable('key is given without cert');
  if (key === undefined) throw unusable('cert is given without key');
  const [certificate] = parseCertificates('cert', cert);
  if (certificate.checkPrivateKey(parseKey(key))) return;
  throw unusable('key does not belong to the first certificate of cert');
}

/**
 * Reads everything once, because the errors of the TLS library name neither the option nor what is
 * wrong with it.
 *
 * @throws TlsFailed (`unusableCredentials`) that names the option and the problem
 */
export function checkTlsOptions(options: TlsOptions): TlsOptions {
  const { ca, cert, key, serverName } = options;
  if (ca !== undefined) parseCertificates('ca', ca);
  checkPair(cert, key);
  if (serverName === '') throw unusable('serverName is empty');
  return options;
}

/**
 * Options that do not change are read at once, so that a mistake is told before any connection.
 *
 * @returns null for no TLS
 * @throws TlsFailed, see {@link checkTlsOptions}
 */
export function checkTlsSource(source: TlsSource | undefined): TlsSource | null {
  if (source === undefined) return null;
  return typeof source === 'function' ? source : checkTlsOptions(source);
}

/**
 * What to use for the next connection.
 *
 * @throws TlsFailed (`unusableCredentials`), also for what the function of the source throws
 */
export async function loadTlsOptions(source: TlsSource): Promise<TlsOptions> {
  if (typeof source !== 'function') return source;
  let loaded: TlsOptions;
  try {
    loaded = await source();
  } catch (error) {
    if (error instanceof ZooKeeperError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(`the credentials cannot be loaded: ${reason}`, error);
  }
  return checkTlsOptions(loaded);
}
