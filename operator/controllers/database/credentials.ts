import type { ZookeeperClient } from '../../../api/v1alpha1/database.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import type { Secret } from '../../kube/secret-reader.ts';

/** User and password as they stand in the Secret, byte for byte, and how they are to be used. */
export interface Credentials {
  readonly user: Buffer;
  readonly password: Buffer;
  readonly mechanism: Exclude<ZookeeperClient['authentication'], 'None'>;
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
  readonly reason: 'SecretNotFound' | 'SecretKeyMissing' | 'SecretTrailingNewline';
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

const KEYS = ['user', 'password'] as const;

/** Without authentication and TLS, nothing of a Secret is used. */
export function needsSecret({ authentication, tls }: ZookeeperClient): boolean {
  return authentication !== 'None' || tls.enabled;
}

/** Judges the Secret of a Database: the one with its name, in its namespace. */
export function readCredentials(
  database: ObjectKey,
  client: ZookeeperClient,
  secret: Secret | undefined,
): CredentialsReading {
  const found =
    judgeIdentity(database, client, secret) ??
    (client.tls.enabled ? judgePair(database.name, secret) : undefined);
  if (found !== undefined) return { state: 'Problem', problem: found };
  const [user, password] = KEYS.map((key) => secret?.data.get(key));
  const { authentication: mechanism } = client;
  return {
    state: 'Found',
    credentials:
      mechanism === 'None' || user === undefined || password === undefined
        ? undefined
        : { user, password, mechanism },
    tls: client.tls.enabled ? tlsOf(client.tls.serverName, secret) : undefined,
  };
}

function judgeIdentity(
  database: ObjectKey,
  { authentication }: ZookeeperClient,
  secret: Secret | undefined,
): SecretProblem | undefined {
  if (authentication === 'None') return undefined;
  if (secret === undefined) {
    return {
      reason: 'SecretNotFound',
      message: `The Secret ${database.name} does not exist in namespace ${database.namespace}: create it with the keys user and password, or set spec.zookeeper.client.authentication to None.`,
    };
  }
  const missing = KEYS.filter((key) => (secret.data.get(key)?.length ?? 0) === 0);
  if (missing.length > 0) {
    return {
      reason: 'SecretKeyMissing',
      message: `The Secret ${database.name} has no ${missing.join(' and no ')}: it needs the keys user and password.`,
    };
  }
  const broken = KEYS.filter((key) => endsWithLineBreak(secret.data.get(key)));
  if (broken.length === 0) return undefined;
  return {
    reason: 'SecretTrailingNewline',
    message: `The Secret ${database.name} has a line break at the end of ${broken.join(' and of ')}: write it without, for example by stringData.`,
  };
}

/** A certificate without its key, or the other way round, would be no certificate at all. */
function judgePair(name: string, secret: Secret | undefined): SecretProblem | undefined {
  const pair = ['tls.crt', 'tls.key'];
  const there = pair.filter((key) => secret?.data.has(key));
  const missing = pair.filter((key) => !there.includes(key));
  if (there.length !== missing.length) return undefined;
  return {
    reason: 'SecretKeyMissing',
    message: `The Secret ${name} has ${there.join()} and no ${missing.join()}: a client certificate takes both; to do without one, leave both out.`,
  };
}

function tlsOf(serverName: string | undefined, secret: Secret | undefined): TlsCredentials {
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((name) => secret?.data.get(name));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function endsWithLineBreak(value: Buffer | undefined): boolean {
  const last = value?.at(-1);
  return last === 0x0a || last === 0x0d;
}
