import type { ApiClient } from './api-client.ts';
import { isJsonObject } from './json-fields.ts';
import { type ObjectKey, type ObjectMeta } from './objects.ts';
import { ResourceClient } from './resource-client.ts';
import { SECRETS } from './resources.ts';

/** A Secret with its values decoded. Its values must not reach a log, a status or an event. */
export interface Secret {
  readonly metadata: ObjectMeta;
  /** Bytes as they are: a trailing newline stays. */
  readonly data: ReadonlyMap<string, Buffer>;
}

/** Reads Secrets; only the database controller's role allows it. */
export interface SecretReader {
  /** Reads from the server; undefined if there is none. */
  get(key: ObjectKey, signal?: AbortSignal): Promise<Secret | undefined>;
}

/** Secrets on the API server. Never cached: a copy less in memory. */
export class ApiSecretReader implements SecretReader {
  readonly #client: ResourceClient;

  constructor(api: ApiClient) {
    this.#client = new ResourceClient(api, SECRETS);
  }

  async get(key: ObjectKey, signal?: AbortSignal): Promise<Secret | undefined> {
    const object = await this.#client.get(key, signal);
    if (object === undefined) return undefined;
    const entries = isJsonObject(object['data']) ? Object.entries(object['data']) : [];
    const data = new Map<string, Buffer>();
    for (const [name, value] of entries) {
      if (typeof value === 'string') data.set(name, Buffer.from(value, 'base64'));
    }
    return { metadata: object.metadata, data };
  }
}
