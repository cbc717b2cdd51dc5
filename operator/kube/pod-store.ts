import type { ApiClient } from './api-client.ts';
import { isInvalid, isNotFound } from './errors.ts';
import type { KubeObject, ObjectKey } from './objects.ts';
import { parsePod, type Pod } from './pod.ts';
import { ResourceClient } from './resource-client.ts';
import { PODS, resourcePath } from './resources.ts';

/** Which end of which log. */
export interface LogTail {
  readonly container: string;
  /** At most so many of the last lines. */
  readonly tailLines: number;
  /** At most so many bytes of them. */
  readonly limitBytes: number;
}

/** The synchronization controller's hold on the pods of a Job. */
export interface PodStore {
  /**
   * Pods that the Job controls, oldest first, read from the server: a Job's end and its last pod's
   * reach a cache in any order.
   */
  listForJob(job: KubeObject, signal?: AbortSignal): Promise<readonly Pod[]>;
  /** The end of a container's log; empty while there is none. */
  tailLog(pod: ObjectKey, tail: LogTail, signal?: AbortSignal): Promise<string>;
  /** Deletes exactly this pod, in its grace period; that it is gone already is success. */
  delete(pod: Pod, signal?: AbortSignal): Promise<void>;
}

/** More pods than any Job of ours makes. */
const PAGE_SIZE = 500;

/** Pods on the API server. */
export class ApiPodStore implements PodStore {
  readonly #api: ApiClient;
  readonly #client: ResourceClient;

  constructor(api: ApiClient) {
    this.#api = api;
    this.#client = new ResourceClient(api, PODS);
  }

  async listForJob(job: KubeObject, signal?: AbortSignal): Promise<readonly Pod[]> {
    // `job-name` is set by every version's Job controller; `batch.kubernetes.io/…` only since 1.27.
    const page = await this.#client.list({
      namespace: job.metadata.namespace,
      labelSelector: `job-name=${job.metadata.name}`,
      limit: PAGE_SIZE,
      signal,
    });
    return page.items
      .map(parsePod)
      .filter((pod) => pod.controllerUid === job.metadata.uid)
      .sort((a, b) => compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp));
  }

  async tailLog(pod: ObjectKey, tail: LogTail, signal?: AbortSignal): Promise<string> {
    const { container, tailLines, limitBytes } = tail;
    try {
      return await this.#api.text({
        method: 'GET',
        path: resourcePath(PODS, { ...pod, subresource: 'log' }),
        query: { container, tailLines, limitBytes },
        signal,
      });
    } catch (error) {
      // 400: the container is still waiting to start. 404: the pod is gone, its log with it.
      if (isNotFound(error) || isInvalid(error)) return '';
      throw error;
    }
  }

  delete({ metadata }: Pod, signal?: AbortSignal): Promise<void> {
    const { namespace, name, uid } = metadata;
    return this.#client.delete({ namespace, name }, { uid }, signal);
  }
}

function compareText(a = '', b = ''): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
