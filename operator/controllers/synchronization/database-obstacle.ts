import { findCondition } from '../../../api/conditions.ts';
import { describeProblems } from '../../../api/schema/problem.ts';
import { needsSecret } from '../../../assets/zookeeper/credentials.ts';
import type { SynchronizationReason } from './outcome.ts';
import type { DatabaseView } from './snapshot.ts';

/** What keeps a Synchronization from starting. */
export interface Obstacle {
  readonly reason: SynchronizationReason;
  readonly message: string;
  /** A person has to do something about it. */
  readonly obstructed: boolean;
}

/** Reasons of a Database's Ready condition that say that its Secret is not complete. */
const SECRET_REASONS = [
  'SecretNotFound',
  'SecretKeyMissing',
  'SecretTrailingNewline',
  'SecretKeyInvalid',
] as const;

/**
 * Why a Synchronization cannot start because of one of its Databases; undefined if it can. Whether
 * the servers can be reached from here does not matter: the worker's network may be another one.
 *
 * Secrets are judged by the Database's Ready condition, because only the database controller may
 * read them.
 */
export function databaseObstacle(
  name: string,
  namespace: string,
  database: DatabaseView | undefined,
): Obstacle | undefined {
  if (database === undefined) {
    return {
      obstructed: true,
      reason: 'AssetNotFound',
      message: `The Database ${name} does not exist in namespace ${namespace}: create it there. The run starts by itself.`,
    };
  }
  return specObstacle(name, database) ?? secretObstacle(name, database);
}

function specObstacle(name: string, { spec }: DatabaseView): Obstacle | undefined {
  const told = (text: string): string => `The Database ${name}: ${text}`;
  const invalid = { obstructed: true, reason: 'InvalidSpec' } as const;
  if (!spec.ok) return { ...invalid, message: told(describeProblems(spec.problems)) };
  if (spec.value.zookeeper?.client !== undefined) return undefined;
  return {
    obstructed: true,
    reason: 'ClientNotConfigured',
    message: told('spec.zookeeper.client is not set, so there is nothing to connect to.'),
  };
}

function secretObstacle(name: string, database: DatabaseView): Obstacle | undefined {
  const { spec, status, generation } = database;
  const client = spec.ok ? spec.value.zookeeper?.client : undefined;
  if (client !== undefined && !needsSecret(client)) return undefined;
  const ready = findCondition(status.conditions, 'Ready');
  if (ready === undefined || status.observedGeneration !== generation) {
    return {
      obstructed: false,
      reason: 'AssetPending',
      message: `The database controller has not looked at the Database ${name} yet.`,
    };
  }
  const reason = SECRET_REASONS.find((each) => each === ready.reason);
  return reason && { obstructed: true, reason, message: `The Database ${name}: ${ready.message}` };
}
