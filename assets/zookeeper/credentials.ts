import { isUtf8 } from 'node:buffer';
import type { ZookeeperClient } from '../../api/v1alpha1/database.ts';

/** How user and password may be used. */
export type Mechanism = Exclude<ZookeeperClient['authentication'], 'None'>;

/** User and password as they stand in the Secret, byte for byte, and how they are to be used. */
export interface Credentials {
  readonly user: Buffer;
  readonly password: Buffer;
  readonly mechanism: Mechanism;
}

/** What TLS is done with; what is not there is left out. */
export interface TlsCredentials {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly serverName?: string;
}

/** What is wrong with a Secret. Names keys, never values. */
export interface SecretProblem {
  readonly reason:
    'SecretNotFound' | 'SecretKeyMissing' | 'SecretTrailingNewline' | 'SecretKeyInvalid';
  readonly message: string;
}

/** What came of looking for a Database's credentials. */
export type CredentialsReading =
  | {
      readonly state: 'Found';
      /** Undefined: no authentication. */
      readonly credentials: Credentials | undefined;
      /** Undefined: no TLS. */
      readonly tls: TlsCredentials | undefined;
    }
  | { readonly state: 'Problem'; readonly problem: SecretProblem };

/** What a client does with a Secret. */
export interface SecretUse {
  readonly authentication: ZookeeperClient['authentication'];
  /** Undefined: no TLS. */
  readonly tls: { readonly serverName?: string | undefined } | undefined;
}

/** The values of a Secret by their keys, byte for byte. */
export type SecretData = ReadonlyMap<string, Buffer>;

/** The keys of a Secret that are ever read. */
export const SECRET_KEYS = ['user', 'password', 'ca.crt', 'tls.crt', 'tls.key'] as const;

const IDENTITY_KEYS = ['user', 'password'] as const;
const COLON = 0x3a;
const LINE_BREAKS: readonly (number | undefined)[] = [0x0a, 0x0d];

/** Without authentication and TLS, nothing of a Secret is used. */
export function needsSecret({ authentication, tls }: ZookeeperClient): boolean {
  return authentication !== 'None' || tls.enabled;
}

/** As a Database's spec says it. */
export function secretUseOf({ authentication, tls }: ZookeeperClient): SecretUse {
  return { authentication, tls: tls.enabled ? { serverName: tls.serverName } : undefined };
}

/**
 * Judges a Secret, for the operator and the worker alike. Its values are taken byte for byte; what is
 * surely a mistake is refused, because with the scheme digest a server takes any password.
 *
 * @param subject how messages call the Secret, at the beginning of a sentence
 */
export function readCredentials(
  data: SecretData,
  use: SecretUse,
  subject: string,
): CredentialsReading {
  const { authentication, tls } = use;
  const problem =
    (authentication === 'None' ? undefined : judgeIdentity(data, subject)) ??
    (tls === undefined ? undefined : judgePair(data, subject));
  if (problem !== undefined) return { state: 'Problem', problem };
  return {
    state: 'Found',
    credentials: authentication === 'None' ? undefined : credentialsOf(data, authentication),
    tls: tls && tlsCredentialsOf(data, tls.serverName),
  };
}

/** What of a Secret TLS is done with. */
export function tlsCredentialsOf(data: SecretData, serverName: string | undefined): TlsCredentials {
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((name) => data.get(name));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function credentialsOf(data: SecretData, mechanism: Mechanism): Credentials {
  const [user = Buffer.alloc(0), password = Buffer.alloc(0)] = IDENTITY_KEYS.map((key) =>
    data.get(key),
  );
  return { user, password, mechanism };
}

function judgeIdentity(data: SecretData, subject: string): SecretProblem | undefined {
  const missing = IDENTITY_KEYS.filter((key) => (data.get(key)?.length ?? 0) === 0);
  if (missing.length > 0) {
    return {
      reason: 'SecretKeyMissing',
      message: `${subject} has no ${missing.join(' and no ')}: it needs the keys user and password.`,
    };
  }
  const broken = IDENTITY_KEYS.filter((key) => LINE_BREAKS.includes(data.get(key)?.at(-1)));
  if (broken.length > 0) {
    return {
      reason: 'SecretTrailingNewline',
      message: `${subject} has a line break at the end of ${broken.join(' and of ')}: write it without, for example by stringData.`,
    };
  }
  return judgeUser(data.get('user') ?? Buffer.alloc(0), subject);
}

/** A digest is `user:password`, so the first colon ends the name. */
function judgeUser(user: Buffer, subject: string): SecretProblem | undefined {
  const reason = 'SecretKeyInvalid';
  if (user.includes(COLON)) {
    const message = `${subject} has a colon in user, and a colon ends the name of a ZooKeeper user: give another user.`;
    return { reason, message };
  }
  if (isUtf8(user)) return undefined;
  return { reason, message: `${subject} has a user that is not UTF-8 text: write it in UTF-8.` };
}

/** A certificate without its key, or the other way round, would be no certificate at all. */
function judgePair(data: SecretData, subject: string): SecretProblem | undefined {
  const pair = ['tls.crt', 'tls.key'];
  const there = pair.filter((key) => data.has(key));
  const missing = pair.filter((key) => !there.includes(key));
  if (there.length !== missing.length) return undefined;
  return {
    reason: 'SecretKeyMissing',
    message: `${subject} has ${there.join()} and no ${missing.join()}: a client certificate takes both; to do without one, leave both out.`,
  };
}
