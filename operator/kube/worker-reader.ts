import { LABELS } from '../../api/labels.ts';
import { jobName } from '../../api/names.ts';
import type { ApiClient } from './api-client.ts';
import { parseJob } from './job.ts';
import { isJsonObject, numberOf } from './json-fields.ts';
import type { KubeObject } from './objects.ts';
import { ResourceClient } from './resource-client.ts';
import { JOBS, PODS, type ResourceType } from './resources.ts';

/** A Synchronization, there or gone. */
export interface RunReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What is left of a worker. */
export interface WorkerRemains {
  /** Pods that have not ended and its Job, while it may make more: `pod/NAME`, `job/NAME`. */
  readonly names: readonly string[];
  /** How long its pods are given to end; undefined without a pod. */
  readonly graceSeconds: number | undefined;
}

/** The plan controller's view of the workers it has stopped. */
export interface WorkerReader {
  /**
   * What is left of the Job of a Synchronization and its pods, read from the server: a cache that
   * is behind would let two workers meet.
   */
  remains(run: RunReference, signal?: AbortSignal): Promise<WorkerRemains>;
}

/** A pod whose containers have all ended writes nothing, however long its object stays. */
const MAY_WRITE = 'spec.restartPolicy=Never,status.phase!=Succeeded,status.phase!=Failed';

/** Workers on the API server. */
export class ApiWorkerReader implements WorkerReader {
  readonly #jobs: ResourceClient;
  readonly #pods: ResourceClient;

  constructor(api: ApiClient) {
    this.#jobs = new ResourceClient(api, JOBS);
    this.#pods = new ResourceClient(api, PODS);
  }

  async remains(run: RunReference, signal?: AbortSignal): Promise<WorkerRemains> {
    const { namespace } = run;
    // The Job first: once it is gone or has ended, no pod can come any more.
    const job = await this.#jobs.get({ namespace, name: jobName(run) }, signal);
    const alive = await this.#pods.listAll({ namespace, fieldSelector: MAY_WRITE, signal });
    const pods = alive.filter((pod) => isWorkerOf(run, pod));
    const jobs = job !== undefined && mayMakePods(job, run) ? [job] : [];
    const names = [...pods.map(nameWith(PODS)), ...jobs.map(nameWith(JOBS))];
    return { names, graceSeconds: longestGrace(pods) };
  }
}

/** It does not if it has ended, or is the Job of another that happens to have the name. */
function mayMakePods(object: KubeObject, { uid }: RunReference): boolean {
  const { finished, controllerUid = uid } = parseJob(object);
  return finished === undefined && controllerUid === uid;
}

/** Somebody may have removed its labels, or have deleted its Job without it: either is enough. */
function isWorkerOf(run: RunReference, { metadata }: KubeObject): boolean {
  const { labels, ownerReferences } = metadata;
  const job = jobName(run);
  const isOwned = ownerReferences.some(({ kind, name }) => kind === JOBS.kind && name === job);
  return isOwned || labels['job-name'] === job || labels[LABELS.synchronizationUid] === run.uid;
}

function longestGrace(pods: readonly KubeObject[]): number | undefined {
  const seconds = pods.map(({ spec }) =>
    isJsonObject(spec) ? numberOf(spec, 'terminationGracePeriodSeconds') : 0,
  );
  return seconds.length === 0 ? undefined : Math.max(...seconds);
}

function nameWith({ kind }: ResourceType): (object: KubeObject) => string {
  return ({ metadata }) => `${kind.toLowerCase()}/${metadata.name}`;
}
