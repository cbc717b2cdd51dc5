import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import { SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import { ApiWorkerReader } from '../../kube/worker-reader.ts';
import { Controller } from '../../runtime/controller.ts';
import { eventRecorder, type ControllerContext } from '../context.ts';
import { CHILD_VIEW } from './child-view.ts';
import { ChildIndex } from './child-index.ts';
import { planOfChild, planReconcile } from './controller.ts';
import { registerPlanMetrics } from './metrics.ts';

/** Many plans are due in the same second; each takes a few calls that wait for the server. */
const WORKERS = 16;

/** The controller of SynchronizationPlans; it also looks when one of their children changes. */
export function synchronizationPlanControllers(context: ControllerContext): readonly Controller[] {
  const { api, informers, clock, logger, metrics } = context;
  const name = 'synchronizationplan';
  const plans = informers.get(SYNCHRONIZATION_PLANS);
  const synchronizations = informers.get(SYNCHRONIZATIONS, { view: CHILD_VIEW });
  const controller = new Controller({
    name,
    kind: SYNCHRONIZATION_PLANS.kind,
    watches: [{ informer: plans }, { informer: synchronizations, mapToKeys: planOfChild }],
    workers: WORKERS,
    reconcile: planReconcile({
      cache: plans.cache,
      // Before the controller listens: what wakes it must be in the index already.
      childIndex: new ChildIndex(synchronizations),
      plans: new CustomResourceStore(api, SYNCHRONIZATION_PLANS),
      children: new CustomResourceStore(api, SYNCHRONIZATIONS),
      workers: new ApiWorkerReader(api),
      events: eventRecorder(context, 'synchronizationplan-controller'),
      onStart: registerPlanMetrics(metrics.registry, { cache: plans.cache, clock }),
      clock,
    }),
    clock,
    logger,
    metrics: metrics.controller(name, WORKERS),
  });
  return [controller];
}
