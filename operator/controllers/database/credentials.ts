import type { ZookeeperClient } from '../../../api/v1alpha1/database.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import type { Secret } from '../../kube/secret-reader.ts';

/** User and password as they stand in the Secret, byte for byte. */
export interface Credentials {
  readonly user: Buffer;
  readonly password: Buffer;
}

/** What is wrong with a Secret. Names keys, never values. */
export interface SecretProblem {
  readonly reason: 'SecretNotFound' | 'SecretKeyMissing' | 'SecretTrailingNewline';
  readonly message: string;
}

/** What came of looking for a Database's credentials. */
export type CredentialsReading =
  | { readonly state: 'NotNeeded' }
  | { readonly state: 'Found'; readonly credentials: Credentials }
  | { readonly state: 'Problem'; readonly problem: SecretProblem };

const KEYS = ['user', 'password'] as const;

/** Judges the Secret of a Database: the one with its name, in its namespace. */
export function readCredentials(
  database: ObjectKey,
  authentication: ZookeeperClient['authentication'],
  secret: Secret | undefined,
): CredentialsReading {
  if (authentication === 'None') return { state: 'NotNeeded' };
  if (secret === undefined) {
    return problem(
      'SecretNotFound',
      `The Secret ${database.name} does not exist in namespace ${database.namespace}: create it with the keys user and password, or set spec.zookeeper.client.authentication to None.`,
    );
  }
  const missing = KEYS.filter((key) => (secret.data.get(key)?.length ?? 0) === 0);
  if (missing.length > 0) {
    return problem(
      'SecretKeyMissing',
      `The Secret ${database.name} has no ${missing.join(' and no ')}: it needs the keys user and password.`,
    );
  }
  const broken = KEYS.filter((key) => endsWithLineBreak(secret.data.get(key)));
  if (broken.length > 0) {
    return problem(
      'SecretTrailingNewline',
      `The Secret ${database.name} has a line break at the end of ${broken.join(' and of ')}: write it without, for example by stringData.`,
    );
  }
  const [user, password] = KEYS.map((key) => secret.data.get(key) ?? Buffer.alloc(0));
  return {
    state: 'Found',
    credentials: { user: user ?? Buffer.alloc(0), password: password ?? Buffer.alloc(0) },
  };
}

function problem(reason: SecretProblem['reason'], message: string): CredentialsReading {
  return { state: 'Problem', problem: { reason, message } };
}

function endsWithLineBreak(value: Buffer | undefined): boolean {
  const last = value?.at(-1);
  return last === 0x0a || last === 0x0d;
}
