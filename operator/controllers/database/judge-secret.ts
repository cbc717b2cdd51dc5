import {
  readCredentials,
  secretUseOf,
  type CredentialsReading,
} from '../../../assets/zookeeper/credentials.ts';
import type { ZookeeperClient } from '../../../api/v1alpha1/database.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import type { Secret } from '../../kube/secret-reader.ts';

/** Judges the Secret of a Database: the one with its name, in its namespace. */
export function judgeSecret(
  { name, namespace }: ObjectKey,
  client: ZookeeperClient,
  secret: Pick<Secret, 'data'> | undefined,
): CredentialsReading {
  if (secret === undefined && client.authentication !== 'None') {
    const message = `The Secret ${name} does not exist in namespace ${namespace}: create it with the keys user and password, or set spec.zookeeper.client.authentication to None.`;
    return { state: 'Problem', problem: { reason: 'SecretNotFound', message } };
  }
  return readCredentials(secret?.data ?? new Map(), secretUseOf(client), `The Secret ${name}`);
}
