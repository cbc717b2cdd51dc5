import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import { RESOURCE_TYPES } from '../../kube/resources.ts';
import { Controller } from '../../runtime/controller.ts';
import type { ControllerContext } from '../context.ts';
import { NOT_PROBED_ASSETS, notProbedReconcile, type NotProbedAsset } from './controller.ts';

/** A controller for each kind of asset that is not probed yet. */
export function notProbedControllers(context: ControllerContext): readonly Controller[] {
  return NOT_PROBED_ASSETS.map((asset) => notProbedController(asset, context));
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
