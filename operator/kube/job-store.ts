import type { ApiClient } from './api-client.ts';
import { isAlreadyExists, KubeConnectionError } from './errors.ts';
import { keyOf, type KubeObject, type Manifest, type ObjectKey } from './objects.ts';
import { ResourceClient } from './resource-client.ts';
import { JOBS } from './resources.ts';

/** What came of an attempt to create a Job: the one of that name, made now or found there. */
export interface JobCreation {
  readonly outcome: 'Created' | 'Exists';
  /** For `Exists`: whoever made it; compare its controller before adopting it. */
  readonly job: KubeObject;
}

/** The synchronization controller's hold on Jobs. */
export interface JobStore {
  /** Reads from the server, not from a cache; undefined if there is none. */
  get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /**
   * Creates a Job. A taken name is an answer, not an error: after a crash, or a reply that was
   * lost, it is our own Job.
   */
  create(manifest: Manifest, signal?: AbortSignal): Promise<JobCreation>;
  /** Deletes exactly this Job, its pods after it; that it is gone already is success. */
  delete(job: KubeObject, signal?: AbortSignal): Promise<void>;
  /**
   * Sets `spec.backoffLimit` of exactly this Job: 0 stops retries where podFailurePolicy does not
   * exist (before Kubernetes 1.26).
   * @throws KubeApiError 422 if another Job has that name now: a uid cannot be changed.
   */
  patchBackoffLimit(job: KubeObject, limit: number, signal?: AbortSignal): Promise<KubeObject>;
  /**
   * Lets exactly this Job, which was created suspended, start its pods, and removes the annotation
   * that says that it waits for that.
   * @throws KubeApiError 422 if another Job has that name now: a uid cannot be changed.
   */
  release(job: KubeObject, annotation: string, signal?: AbortSignal): Promise<KubeObject>;
}

/** Jobs on the API server. */
export class ApiJobStore implements JobStore {
  readonly #client: ResourceClient;

  constructor(api: ApiClient) {
    this.#client = new ResourceClient(api, JOBS);
  }

  get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined> {
    return this.#client.get(key, signal);
  }

  async create(manifest: Manifest, signal?: AbortSignal): Promise<JobCreation> {
    try {
      return { outcome: 'Created', job: await this.#client.create(manifest, signal) };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return { outcome: 'Exists', job: await this.#existing(manifest, signal) };
    }
  }

  delete(job: KubeObject, signal?: AbortSignal): Promise<void> {
    return this.#client.delete(keyOf(job), { uid: job.metadata.uid }, signal);
  }

  patchBackoffLimit(job: KubeObject, limit: number, signal?: AbortSignal): Promise<KubeObject> {
    // The uid in the patch makes the server refuse it for a Job that only has the same name.
    const patch = { metadata: { uid: job.metadata.uid }, spec: { backoffLimit: limit } };
    return this.#client.patch(keyOf(job), patch, signal);
  }

  release(job: KubeObject, annotation: string, signal?: AbortSignal): Promise<KubeObject> {
    const { uid } = job.metadata;
    const patch = {
      metadata: { uid, annotations: { [annotation]: null } },
      spec: { suspend: false },
    };
    return this.#client.patch(keyOf(job), patch, signal);
  }

  async #existing(manifest: Manifest, signal?: AbortSignal): Promise<KubeObject> {
    const { namespace, name = '' } = manifest.metadata;
    const job = await this.#client.get({ namespace, name }, signal);
    if (job !== undefined) return job;
    throw new KubeConnectionError(`job ${namespace}/${name} was deleted while it was looked at`);
  }
}
