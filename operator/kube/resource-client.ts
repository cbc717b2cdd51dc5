import type { ApiClient, ApiRequest } from './api-client.ts';
import { isNotFound, KubeReplyTooLargeError } from './errors.ts';
import { isJsonObject, type JsonObject } from './json-fields.ts';
import {
  MalformedObjectError,
  parseKubeObject,
  type KubeObject,
  type Manifest,
  type ObjectKey,
} from './objects.ts';
import { apiVersionOf, resourcePath, type ResourceType } from './resources.ts';

/** Objects of one answer of the server, unless they are so large that fewer have to do. */
const PAGE_SIZE = 500;

/**
 * 500 objects of ours have a few MB. Whoever may create objects may make them 1.5 MB large each: he must
 * not have the operator take a page of them at once and run out of memory, for everybody.
 */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** One page of a list. */
export interface ListPage {
  readonly items: readonly KubeObject[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last. */
  readonly continue: string | undefined;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  /** `'0'`: any state the server has in memory; absent: the newest. */
  readonly resourceVersion?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** See {@link ApiRequest.maxReplyBytes}. */
  readonly maxReplyBytes?: number | undefined;
}

/** Of {@link ResourceClient.pages}, which decides how much an answer has. */
export type AllOptions = Omit<ListOptions, 'limit' | 'continue' | 'maxReplyBytes'>;

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly resourceVersion: string;
  /** The server ends the watch after this long. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

export interface DeleteOptions {
  /** Refuses to delete an object of the same name that is not this one. */
  readonly uid: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

/** The verbs of one kind, over plain JSON. Stores with fewer verbs are built on it. */
export class ResourceClient {
  readonly type: ResourceType;
  readonly #api: ApiClient;

  constructor(api: ApiClient, type: ResourceType) {
    this.#api = api;
    this.type = type;
  }

  /** Reads an object from the server, not from a cache; undefined if there is none. */
  async get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#send({ method: 'GET', path: this.#path(key), signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Reads one page of objects. */
  async list(options: ListOptions): Promise<ListPage> {
    const body = await this.#api.request({
      method: 'GET',
      path: resourcePath(this.type, { namespace: options.namespace }),
      query: {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        limit: options.limit,
        continue: options.continue,
        resourceVersion: options.resourceVersion,
      },
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      maxReplyBytes: options.maxReplyBytes,
    });
    return this.#parseList(body);
  }

  /** Reads all objects, page by page; where they are large, in smaller pages. */
  async *pages(options: AllOptions): AsyncGenerator<ListPage> {
    let limit = PAGE_SIZE;
    let token: string | undefined;
    for (;;) {
      const page = await this.#pageIfNotTooLarge({ ...options, limit, continue: token });
      if (page === undefined) {
        limit = Math.ceil(limit / 8);
        continue;
      }
      yield page;
      token = page.continue;
      if (token === undefined) return;
    }
  }

  /** As {@link pages}, put together. */
  async listAll(options: AllOptions): Promise<readonly KubeObject[]> {
    const items: KubeObject[] = [];
    for await (const page of this.pages(options)) items.push(...page.items);
    return items;
  }

  /** Yields raw watch events; see {@link ApiClient.watch}. */
  watch(options: WatchOptions): AsyncIterable<unknown> {
    return this.#api.watch({
      method: 'GET',
      path: resourcePath(this.type, { namespace: options.namespace }),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        labelSelector: options.labelSelector,
        resourceVersion: options.resourceVersion,
        timeoutSeconds: options.timeoutSeconds,
      },
      signal: options.signal,
    });
  }

  /** Creates an object in its manifest's namespace. @throws KubeApiError 409 if the name is taken. */
  create(manifest: Manifest, signal?: AbortSignal): Promise<KubeObject> {
    const { namespace } = manifest.metadata;
    const path = resourcePath(this.type, { namespace });
    return this.#send({ method: 'POST', path, body: manifest, signal });
  }

  /**
   * Replaces an object, or its subresource, by `object` as it is.
   * @throws KubeApiError 409 if its resourceVersion is no longer the newest.
   */
  replace(
    object: JsonObject & { readonly metadata: ObjectKey },
    options: { readonly subresource?: string; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<KubeObject> {
    const path = this.#path(object.metadata, options.subresource);
    return this.#send({ method: 'PUT', path, body: object, signal: options.signal });
  }

  /**
   * Sends a JSON merge patch: null removes a field, an array replaces an array.
   * @throws KubeApiError 409 if the patch names a resourceVersion that is no longer the newest.
   */
  patch(key: ObjectKey, patch: JsonObject, signal?: AbortSignal): Promise<KubeObject> {
    return this.#send({ method: 'PATCH', path: this.#path(key), body: patch, signal });
  }

  /** Deletes an object; that it is gone already is success. @throws KubeApiError 409 on another uid. */
  async delete(key: ObjectKey, options: DeleteOptions, signal?: AbortSignal): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: options.uid },
      propagationPolicy: options.propagation ?? 'Background',
    };
    try {
      await this.#api.request({ method: 'DELETE', path: this.#path(key), body, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Parses an object of this kind as it stands in a list or a watch event. */
  parse(value: unknown): KubeObject {
    return parseKubeObject(value, { apiVersion: apiVersionOf(this.type), kind: this.type.kind });
  }

  /** Undefined if fewer objects are to be asked for. */
  async #pageIfNotTooLarge(options: ListOptions): Promise<ListPage | undefined> {
    if (options.limit === 1) return await this.list(options);
    try {
      return await this.list({ ...options, maxReplyBytes: MAX_PAGE_BYTES });
    } catch (error) {
      if (error instanceof KubeReplyTooLargeError) return undefined;
      throw error;
    }
  }

  async #send(request: ApiRequest): Promise<KubeObject> {
    return this.parse(await this.#api.request(request));
  }

  #path(key: ObjectKey, subresource?: string): string {
    return resourcePath(this.type, { namespace: key.namespace, name: key.name, subresource });
  }

  #parseList(body: unknown): ListPage {
    const metadata = isJsonObject(body) ? body['metadata'] : undefined;
    const items = isJsonObject(body) ? (body['items'] ?? []) : undefined;
    if (!isJsonObject(metadata) || !Array.isArray(items)) {
      throw new MalformedObjectError(`the list of ${this.type.plural} is not a list`);
    }
    const { resourceVersion } = metadata as { resourceVersion?: unknown };
    if (typeof resourceVersion !== 'string') {
      throw new MalformedObjectError(`the list of ${this.type.plural} has no resourceVersion`);
    }
    const token = metadata['continue'];
    return {
      items: items.map((item) => this.parse(item)),
      resourceVersion,
      continue: typeof token === 'string' && token !== '' ? token : undefined,
    };
  }
}
