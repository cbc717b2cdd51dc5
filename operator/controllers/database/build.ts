import { ApiSecretReader } from '../../kube/secret-reader.ts';
import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import { DATABASES } from '../../kube/resources.ts';
import { Controller } from '../../runtime/controller.ts';
import { eventRecorder, type ControllerContext } from '../context.ts';
import { databaseReconcile } from './controller.ts';
import { zooKeeperProber } from './probe.ts';

/** A probe of a silent server takes seconds; others must not wait for it. */
const WORKERS = 64;

/** So many silent servers of one namespace are probed at once: those of others do not wait for them. */
const WORKERS_PER_NAMESPACE = 4;

/** Several times what a probe may take, with the calls of the API server around it. */
const RECONCILE_TIMEOUT_MS = 60_000;

export function databaseController(context: ControllerContext): Controller {
  const { api, informers, clock, logger, metrics } = context;
  const name = 'database';
  return new Controller({
    name,
    kind: DATABASES.kind,
    watches: [{ informer: informers.get(DATABASES) }],
    workers: WORKERS,
    maxPerNamespace: WORKERS_PER_NAMESPACE,
    reconcileTimeoutMs: RECONCILE_TIMEOUT_MS,
    reconcile: databaseReconcile({
      databases: new CustomResourceStore(api, DATABASES),
      secrets: new ApiSecretReader(api),
      events: eventRecorder(context, 'database-controller'),
      probe: zooKeeperProber(clock),
      clock,
    }),
    clock,
    logger,
    metrics: metrics.controller(name, WORKERS),
  });
}
