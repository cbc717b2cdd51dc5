import { DATABASE } from '../../../api/v1alpha1/database.ts';
import type { Clock } from '../../../common/clock.ts';
import type { StatusStore } from '../../kube/custom-resource-store.ts';
import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import type { SecretReader } from '../../kube/secret-reader.ts';
import { parseResource } from '../parse-resource.ts';
import { needsSecret } from '../../../assets/zookeeper/credentials.ts';
import { judgeSecret } from './judge-secret.ts';
import { isProbeDue, type DatabaseSnapshot } from './decide.ts';
import type { ProbeRequest } from './probe.ts';

/** What looking at a Database needs. */
export interface DatabaseObserveDependencies {
  readonly databases: Pick<StatusStore, 'get'>;
  readonly secrets: SecretReader;
  readonly clock: Clock;
}

/** A Database as it was read, and what was found out about it. */
export interface ObservedDatabase {
  readonly object: KubeObject;
  readonly snapshot: DatabaseSnapshot;
  /** What to probe, if it is time; the snapshot lacks the findings. */
  readonly probeRequest: ProbeRequest | undefined;
}

/**
 * Reads a Database and its Secret.
 *
 * @returns undefined if there is no such Database
 */
export async function observeDatabase(
  key: ObjectKey,
  signal: AbortSignal,
  dependencies: DatabaseObserveDependencies,
): Promise<ObservedDatabase | undefined> {
  const object = await dependencies.databases.get(key, signal);
  if (object === undefined) return undefined;
  const { spec, status } = parseResource(DATABASE, object);
  const { uid, generation } = object.metadata;
  const base = { uid, generation, spec, status, secretProblem: undefined, probes: [] };
  const { probeRequest, ...found } = await investigate(key, signal, base, dependencies);
  const snapshot = { ...base, ...found, now: dependencies.clock.now() };
  return { object, snapshot, probeRequest };
}

type Findings = Partial<
  Pick<DatabaseSnapshot, 'secretProblem' | 'probes'> & Pick<ObservedDatabase, 'probeRequest'>
>;

/** What the spec leads to: a look at the Secret, and what to probe if it is time. */
async function investigate(
  key: ObjectKey,
  signal: AbortSignal,
  database: Pick<DatabaseSnapshot, 'uid' | 'generation' | 'spec' | 'status'>,
  { secrets, clock }: DatabaseObserveDependencies,
): Promise<Findings> {
  const { spec } = database;
  const client = spec.ok ? spec.value.zookeeper?.client : undefined;
  if (client === undefined) return {};
  const { servers } = client;
  const secret = needsSecret(client) ? await secrets.get(key, signal) : undefined;
  const reading = judgeSecret(key, client, secret);
  if (reading.state === 'Problem') return { secretProblem: reading.problem };
  const due = isProbeDue({ ...database, now: clock.now() });
  if (due !== 'Due') return { probes: due };
  const { credentials, tls } = reading;
  return { probeRequest: { servers, credentials, tls } };
}
