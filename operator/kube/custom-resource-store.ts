import type { ApiClient } from './api-client.ts';
import { apiErrorMessage, isNotFound, KubeApiError } from './errors.ts';
import { equalJson, type JsonObject } from './json-fields.ts';
import { keyOf, type KubeObject, type Manifest, type ObjectKey } from './objects.ts';
import { ResourceClient } from './resource-client.ts';
import type { ResourceType } from './resources.ts';

/** What a controller does with the objects whose status it owns. */
export interface StatusStore {
  /** Reads from the server, not from a cache; undefined if there is none. */
  get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /**
   * Makes `status` the whole status of `object`, as it was read. Nothing is sent if it is that
   * already, so that a reconcile that changes nothing wakes nobody.
   *
   * @returns the object as the server has it now.
   * @throws KubeApiError 409 if the object changed since it was read, or is gone: what was decided
   * from it may no longer hold; reconcile again.
   */
  writeStatus(object: KubeObject, status: JsonObject, signal?: AbortSignal): Promise<KubeObject>;
}

/** The same of objects that also carry notes of ours. */
export interface AnnotationStore extends StatusStore {
  /**
   * Sets annotations (null removes one) of `object` as it was read.
   * @throws KubeApiError 409 if the object changed since it was read, or is gone.
   */
  annotate(
    object: KubeObject,
    annotations: Readonly<Record<string, string | null>>,
    signal?: AbortSignal,
  ): Promise<KubeObject>;
}

/** The synchronization controller's hold on Synchronizations. */
export interface SynchronizationStore extends AnnotationStore {
  /** Deletes exactly this object, its children after it; that it is gone already is success. */
  delete(object: KubeObject, signal?: AbortSignal): Promise<void>;
}

/** The plan controller's hold on the Synchronizations it makes. */
export interface ChildStore {
  /** Reads from the server, not from a cache; undefined if there is none. */
  get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /** @throws KubeApiError 409 (`isAlreadyExists`) if the name is taken. */
  create(manifest: Manifest, signal?: AbortSignal): Promise<KubeObject>;
  /** Deletes exactly this object, its children after it; that it is gone already is success. */
  delete(object: KubeObject, signal?: AbortSignal): Promise<void>;
}

/**
 * Custom resources on the API server. The only place that writes a status.
 *
 * The status goes by PUT, not by patch: it is derived as a whole, so a condition that no longer
 * holds must disappear without anybody listing it for removal; and the server refuses a PUT without
 * the resourceVersion, so no decision taken on an old object can land on a newer one.
 */
export class CustomResourceStore implements SynchronizationStore, ChildStore {
  readonly #client: ResourceClient;

  constructor(api: ApiClient, type: ResourceType) {
    this.#client = new ResourceClient(api, type);
  }

  get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined> {
    return this.#client.get(key, signal);
  }

  /** All objects of a namespace, read from the server. */
  list(namespace: string, signal?: AbortSignal): Promise<readonly KubeObject[]> {
    return this.#client.listAll({ namespace, signal });
  }

  create(manifest: Manifest, signal?: AbortSignal): Promise<KubeObject> {
    return this.#client.create(manifest, signal);
  }

  async writeStatus(
    object: KubeObject,
    status: JsonObject,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    // Through JSON first: what is undefined here does not exist there.
    const wanted = JSON.parse(JSON.stringify(status)) as JsonObject;
    if (equalJson(wanted, object.status)) return object;
    const changed = { ...object, status: wanted };
    return orConflict(this.#client.replace(changed, { subresource: 'status', signal }));
  }

  annotate(
    object: KubeObject,
    annotations: Readonly<Record<string, string | null>>,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    const { uid, resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, annotations } };
    return orConflict(this.#client.patch(keyOf(object), patch, signal));
  }

  delete(object: KubeObject, signal?: AbortSignal): Promise<void> {
    return this.#client.delete(keyOf(object), { uid: object.metadata.uid }, signal);
  }
}

/**
 * That an object is gone is one more way of having changed since it was read. Some servers (1.29)
 * say so by themselves, others answer 404.
 */
async function orConflict<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const gone = { code: 409, reason: 'Conflict', message: apiErrorMessage(error) };
    throw new KubeApiError({ ...gone, request: 'an object that was read is gone' });
  }
}
