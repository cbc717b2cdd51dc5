import type { ApiClient } from './api-client.ts';
import { isJsonObject, numberOf } from './json-fields.ts';
import type { KubeObject } from './objects.ts';
import { ResourceClient } from './resource-client.ts';
import { JOBS, PODS, type ResourceType } from './resources.ts';

/** What is left of a worker. */
export interface WorkerRemains {
  /** Pods and, while no pod stands for it, its Job: `pod/NAME`, `job/NAME`. */
  readonly names: readonly string[];
  /** How long its pods are given to end; undefined without a pod. */
  readonly graceSeconds: number | undefined;
}

/** The plan controller's view of the workers it has stopped. */
export interface WorkerReader {
  /**
   * What is left of the Job of a Synchronization and its pods, read from the server: a cache that
   * is behind would let two workers meet.
   *
   * @param labels that select the Job and its pods
   */
  remains(namespace: string, labels: string, signal?: AbortSignal): Promise<WorkerRemains>;
}

/** More than any worker has. */
const PAGE_SIZE = 100;

/** Workers on the API server. */
export class ApiWorkerReader implements WorkerReader {
  readonly #jobs: ResourceClient;
  readonly #pods: ResourceClient;

  constructor(api: ApiClient) {
    this.#jobs = new ResourceClient(api, JOBS);
    this.#pods = new ResourceClient(api, PODS);
  }

  async remains(namespace: string, labels: string, signal?: AbortSignal): Promise<WorkerRemains> {
    const list = async (client: ResourceClient): Promise<readonly KubeObject[]> => {
      const options = { namespace, labelSelector: labels, limit: PAGE_SIZE, signal };
      return (await client.list(options)).items;
    };
    // The Job first: once it is gone, no pod can come any more.
    const jobs = await list(this.#jobs);
    const pods = (await list(this.#pods)).filter(isAlive);
    const names = [...pods.map(nameWith(PODS)), ...jobs.map(nameWith(JOBS))];
    return { names, graceSeconds: longestGrace(pods) };
  }
}

/** A pod whose containers have all ended writes nothing, however long its object stays. */
function isAlive({ status }: KubeObject): boolean {
  const phase = isJsonObject(status) ? status['phase'] : undefined;
  return phase !== 'Succeeded' && phase !== 'Failed';
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
