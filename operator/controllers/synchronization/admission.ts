import type { ObjectReader } from '../../kube/object-reader.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Decision } from './decision.ts';
import { waitForCapacity } from './concurrency-limit.ts';
import type { Snapshot } from './snapshot.ts';

/** Lists the Synchronizations of a namespace on the server, not in a cache. */
export interface RivalReader {
  list(namespace: string, signal?: AbortSignal): Promise<readonly KubeObject[]>;
}

/** Lets runs start one after the other where their number is limited. */
export interface Admission {
  /**
   * Carries out the start of a run, or, where its destination takes no more at the time, what it
   * has to wait for.
   */
  enter<T>(
    snapshot: Snapshot,
    signal: AbortSignal,
    carryOut: (decision: Decision | undefined) => Promise<T>,
  ): Promise<T>;
}

/**
 * Makes the admission of a process. Who has been admitted stands in the objects (the annotation of
 * the start); what this keeps is only the order of those who ask at the same moment, so that two
 * do not take the same place. The Lease keeps other processes away.
 */
export function createAdmission(cache: ObjectReader, rivals: RivalReader): Admission {
  const queues = new Map<string, Promise<unknown>>();
  return {
    enter: async (snapshot, signal, carryOut) => {
      const { object, destination, spec } = snapshot;
      const limit = destination?.spec.ok
        ? destination.spec.value.maxConcurrentSynchronizations
        : undefined;
      if (limit === undefined || !spec.ok) return carryOut(undefined);
      const { namespace } = object.metadata;
      const place = { destination: spec.value.config.destinationName, limit };
      // Most that wait need not ask the server.
      const wait = waitForCapacity(object, cache.list(namespace), place);
      if (wait !== undefined) return carryOut(wait);
      const key = `${namespace}/${place.destination}`;
      const before = queues.get(key) ?? Promise.resolve();
      const turn = before.then(async () => {
        signal.throwIfAborted();
        const all = await rivals.list(namespace, signal);
        return carryOut(waitForCapacity(object, all, place));
      });
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      queues.set(key, settled);
      void settled.then(() => {
        if (queues.get(key) === settled) queues.delete(key);
      });
      return turn;
    },
  };
}
