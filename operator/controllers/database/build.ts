import { ApiSecretReader } from '../../kube/secret-reader.ts';
import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import { DATABASES, RESOURCE_TYPES } from '../../kube/resources.ts';
import { Controller } from '../../runtime/controller.ts';
import { eventRecorder, type ControllerContext } from '../context.ts';
import {
  NOT_PROBED_ASSETS,
  notProbedReconcile,
  type NotProbedAsset,
} from '../not-probed/controller.ts';
import { databaseReconcile } from './controller.ts';
import { zooKeeperProber } from './probe.ts';

/** A probe of a silent server takes seconds; others must not wait for it. */
const WORKERS = 64;

/** So many silent servers of one namespace are probed at once: those of others do not wait for them. */
const WORKERS_PER_NAMESPACE = 4;

/** Several times what a probe may take, with the calls of the API server around it. */
const RECONCILE_TIMEOUT_MS = 60_000;

/** The controllers of the assets: Databases, and the kinds that are not probed yet. */
export function databaseControllers(context: ControllerContext): readonly Controller[] {
  const { api, informers, clock, logger, metrics } = context;
  const name = 'database';
  const database = new Controller({
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
  return [database, ...NOT_PROBED_ASSETS.map((asset) => notProbedController(asset, context))];
}

function notProbedController(asset: NotProbedAsset, context: ControllerContext): Controller {
  const { api, informers, clock, logger, metrics } = context;
  const { kind, singular: name } = asset.definition.names;
  const type = RESOURCE_TYPES.find((each) => each.kind === kind);
  if (type === undefined) throw new Error(`no resource type for ${kind}`);
  return new Controller({
    name,
    kind,
    watches: [{ informer: informers.get(type) }],
    workers: 1,
    reconcile: notProbedReconcile(asset, { assets: new CustomResourceStore(api, type), clock }),
    clock,
    logger,
    metrics: metrics.controller(name, 1),
  });
}
