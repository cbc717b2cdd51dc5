import { ANNOTATIONS } from '../../../../api/labels.ts';
import type { FakeKube } from '../../../kube/testing/fake-kube.ts';
import { isJsonObject } from '../../../kube/json-fields.ts';
import { controllerReference, keyOf, type KubeObject } from '../../../kube/objects.ts';
import { JOBS, PODS } from '../../../kube/resources.ts';

/** How one attempt of a worker is to end. */
export interface FakeAttempt {
  readonly exitCode: number;
  readonly report: string;
}

/**
 * Stands in for the Job controller, the scheduler and the kubelet: a Job that is not suspended gets
 * a pod, which ends at the next step. It counts the pods, because what must not happen twice is a
 * run, not an object.
 */
export class FakeWorkers {
  /** Names of all pods that were ever started. */
  readonly started: string[] = [];

  readonly #kube: FakeKube;
  readonly #attempt: FakeAttempt;

  constructor(kube: FakeKube, attempt: FakeAttempt) {
    this.#kube = kube;
    this.#attempt = attempt;
  }

  /** Moves every Job on by one step: to a running pod, then to its end. */
  step(): void {
    for (const job of this.#kube.objects(JOBS)) {
      const spec = isJsonObject(job.spec) ? job.spec : {};
      const status = isJsonObject(job.status) ? job.status : {};
      if (spec['suspend'] === true || status['conditions'] !== undefined) continue;
      const pod = this.#podOf(job);
      if (pod === undefined) this.#start(job);
      else this.#end(job, pod);
    }
  }

  #podOf(job: KubeObject): KubeObject | undefined {
    return this.#kube
      .objects(PODS)
      .find((pod) => pod.metadata.ownerReferences.some((owner) => owner.uid === job.metadata.uid));
  }

  #start(job: KubeObject): void {
    const name = `${job.metadata.name}-${this.started.length}`;
    this.started.push(name);
    const { synchronizationName } = ANNOTATIONS;
    this.#kube.put(PODS, {
      metadata: {
        name,
        namespace: job.metadata.namespace,
        labels: { ...job.metadata.labels, 'job-name': job.metadata.name },
        annotations: { [synchronizationName]: job.metadata.ownerReferences[0]?.name ?? '' },
        ownerReferences: [controllerReference(job)],
      },
      status: { phase: 'Running', containerStatuses: [{ name: 'worker', state: { running: {} } }] },
    });
    this.#kube.put(JOBS, { ...job, status: { active: 1, startTime: '2026-01-01T00:00:00Z' } });
    this.#kube.setPodLog(
      keyOf({ ...job, metadata: { ...job.metadata, name } }),
      '{"progress":{"phase":"compare","done":5,"total":10}}\n',
    );
  }

  #end(job: KubeObject, pod: KubeObject): void {
    const { exitCode, report } = this.#attempt;
    const isDone = exitCode === 0;
    const terminated = { exitCode, reason: isDone ? 'Completed' : 'Error', message: report };
    this.#kube.put(PODS, {
      ...pod,
      status: {
        phase: isDone ? 'Succeeded' : 'Failed',
        containerStatuses: [{ name: 'worker', state: { terminated } }],
      },
    });
    const condition = { status: 'True', lastTransitionTime: '2026-01-01T00:05:00Z' };
    this.#kube.put(JOBS, {
      ...job,
      status: {
        ...(isDone ? { succeeded: 1 } : { failed: 1 }),
        conditions: isDone
          ? [{ ...condition, type: 'Complete' }]
          : [{ ...condition, type: 'Failed', reason: 'PodFailurePolicy' }],
      },
    });
  }
}
