import { wholeSeconds } from '../../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../../api/labels.ts';
import type { Clock } from '../../../../common/clock.ts';
import type { FakeKube } from '../../../kube/testing/fake-kube.ts';
import { isJsonObject } from '../../../kube/json-fields.ts';
import { controllerReference, keyOf, type KubeObject } from '../../../kube/objects.ts';
import { JOBS, PODS } from '../../../kube/resources.ts';

/** How one attempt of a worker is to end. */
export interface FakeAttempt {
  readonly exitCode: number;
  readonly report: string;
}

export interface FakeWorkersOptions {
  /** One after the other, each in a pod of its own; the Job fails with the last. */
  readonly attempts: readonly [FakeAttempt, ...FakeAttempt[]];
  /** Somebody adds a container to each pod that never ends. */
  readonly hasSidecar?: boolean;
  readonly clock: Clock;
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
  readonly #options: FakeWorkersOptions;

  constructor(kube: FakeKube, options: FakeWorkersOptions) {
    this.#kube = kube;
    this.#options = options;
  }

  /** Moves every Job on by one step: to a running pod, then to its end. */
  step(): void {
    for (const job of this.#kube.objects(JOBS)) {
      const spec = isJsonObject(job.spec) ? job.spec : {};
      const status = isJsonObject(job.status) ? job.status : {};
      if (spec['suspend'] === true || status['conditions'] !== undefined) continue;
      const pod = this.#podOf(job);
      if (pod === undefined) this.#start(this.#withLost(job));
      else this.#end(job, pod);
    }
  }

  /** A pod that is gone has failed, as those have that are there and ended. */
  #withLost(job: KubeObject): KubeObject {
    const gone = this.started.filter((name) => name.startsWith(`${job.metadata.name}-`));
    return { ...job, status: { failed: gone.length } };
  }

  #podOf(job: KubeObject): KubeObject | undefined {
    return this.#kube
      .objects(PODS)
      .filter((pod) => pod.metadata.ownerReferences.some(({ uid }) => uid === job.metadata.uid))
      .find(({ status }) => (status as { readonly phase?: string }).phase !== 'Failed');
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
    const { failed = 0 } = job.status as { readonly failed?: number };
    const startTime = '2026-01-01T00:00:00Z';
    this.#kube.put(JOBS, { ...job, status: { active: 1, failed, startTime } });
    this.#kube.setPodLog(
      keyOf({ ...job, metadata: { ...job.metadata, name } }),
      '{"progress":{"phase":"compare","done":5,"total":10}}\n',
    );
  }

  #end(job: KubeObject, pod: KubeObject): void {
    const { attempts, hasSidecar = false, clock } = this.#options;
    const { exitCode, report } = attempts[this.started.length - 1] ?? attempts.at(-1)!;
    const isDone = exitCode === 0;
    if (hasWorkerEnded(pod)) return;
    const finishedAt = wholeSeconds(clock.now());
    const reason = isDone ? 'Completed' : 'Error';
    const terminated = { exitCode, reason, message: report, finishedAt };
    const worker = { name: 'worker', state: { terminated } };
    if (hasSidecar) {
      const proxy = { name: 'mesh-proxy', state: { running: {} } };
      const status = { phase: 'Running', containerStatuses: [worker, proxy] };
      this.#kube.put(PODS, { ...pod, status });
      return;
    }
    const phase = isDone ? 'Succeeded' : 'Failed';
    this.#kube.put(PODS, { ...pod, status: { phase, containerStatuses: [worker] } });
    const isLast = isDone || this.started.length >= attempts.length;
    if (isLast) this.#endJob(job, isDone);
    else this.#kube.put(JOBS, { ...job, status: { failed: this.started.length } });
  }

  #endJob(job: KubeObject, isDone: boolean): void {
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

function hasWorkerEnded({ status }: KubeObject): boolean {
  return JSON.stringify(status).includes('"terminated"');
}
