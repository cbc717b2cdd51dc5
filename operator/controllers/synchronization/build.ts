import { LABELS } from '../../../api/labels.ts';
import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import { ApiEventReader } from '../../kube/event-reader.ts';
import { ApiJobStore } from '../../kube/job-store.ts';
import { ApiPodStore } from '../../kube/pod-store.ts';
import { DATABASES, JOBS, PODS, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import { Controller } from '../../runtime/controller.ts';
import { eventRecorder, type ControllerContext } from '../context.ts';
import {
  ownerOfJob,
  synchronizationOfPod,
  synchronizationReconcile,
  waitingFor,
} from './controller.ts';
import { nextInLine } from './concurrency-limit.ts';
import { serverVersionReader } from '../../workers/server-version.ts';

const WORKERS = 8;

/** Jobs and pods that synchronizations made. */
const OF_WORKERS = { labelSelector: LABELS.synchronizationUid };

/** The controller of Synchronizations; it also looks when a Job, a pod or a Database changes. */
export function synchronizationControllers(
  context: ControllerContext,
  workerImage: string,
): readonly Controller[] {
  const { api, informers, clock, logger, metrics } = context;
  const name = 'synchronization';
  const synchronizations = informers.get(SYNCHRONIZATIONS);
  const jobs = informers.get(JOBS, OF_WORKERS);
  const store = new CustomResourceStore(api, SYNCHRONIZATIONS);
  const controller = new Controller({
    name,
    kind: SYNCHRONIZATIONS.kind,
    watches: [
      { informer: synchronizations },
      {
        informer: synchronizations,
        mapToKeys: (changed) =>
          nextInLine(changed, synchronizations.cache.list(changed.metadata.namespace)),
      },
      { informer: jobs, mapToKeys: ownerOfJob },
      { informer: informers.get(PODS, OF_WORKERS), mapToKeys: synchronizationOfPod },
      { informer: informers.get(DATABASES), mapToKeys: waitingFor(synchronizations.cache) },
    ],
    workers: WORKERS,
    reconcile: synchronizationReconcile(workerImage, {
      cache: synchronizations.cache,
      synchronizations: store,
      rivals: store,
      databases: new CustomResourceStore(api, DATABASES),
      jobs: new ApiJobStore(api),
      jobCache: jobs.cache,
      pods: new ApiPodStore(api),
      complaints: new ApiEventReader(api),
      events: eventRecorder(context, 'synchronization-controller'),
      serverVersion: serverVersionReader(api, clock),
      clock,
    }),
    clock,
    logger,
    metrics: metrics.controller(name, WORKERS),
  });
  return [controller];
}
