import type { ApiClient } from './api-client.ts';
import { isJsonObject, type JsonObject } from './json-fields.ts';
import { type KubeObject, type Manifest, type ObjectKey } from './objects.ts';
import { ResourceClient } from './resource-client.ts';
import { LEASES } from './resources.ts';

/** `spec` of a Lease. All but the holder may be missing: the manifest ships it empty. */
export interface LeaseRecord {
  /** Empty: nobody holds it. */
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  /** RFC 3339 with microseconds, or absent. By the holder's clock, which may differ from ours. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** How often the holder changed. */
  readonly leaseTransitions: number;
}

/** A Lease as it was read. */
export interface StoredLease {
  readonly record: LeaseRecord;
  readonly object: KubeObject;
}

/** How long one call may take. */
export interface LeaseCallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** Reads and writes one Lease; a write only succeeds on what was read last. */
export interface LeaseStore {
  get(options: LeaseCallOptions): Promise<StoredLease | undefined>;
  /** @throws KubeApiError 409 if somebody else was first. */
  create(record: LeaseRecord, options: LeaseCallOptions): Promise<StoredLease>;
  /** @throws KubeApiError 409 if the Lease changed since `lease` was read. */
  update(lease: StoredLease, record: LeaseRecord, options: LeaseCallOptions): Promise<StoredLease>;
}

/** One Lease on the API server. */
export class ApiLeaseStore implements LeaseStore {
  readonly #api: ApiClient;
  readonly #key: ObjectKey;

  constructor(api: ApiClient, key: ObjectKey) {
    this.#api = api;
    this.#key = key;
  }

  async get(options: LeaseCallOptions): Promise<StoredLease | undefined> {
    const object = await this.#client(options).get(this.#key, options.signal);
    return object === undefined ? undefined : parseLease(object);
  }

  async create(record: LeaseRecord, options: LeaseCallOptions): Promise<StoredLease> {
    const manifest: Manifest = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: this.#key,
      spec: toSpec(record),
    };
    return parseLease(await this.#client(options).create(manifest, options.signal));
  }

  async update(
    lease: StoredLease,
    record: LeaseRecord,
    options: LeaseCallOptions,
  ): Promise<StoredLease> {
    const spec = isJsonObject(lease.object.spec) ? lease.object.spec : {};
    const object = { ...lease.object, spec: { ...spec, ...toSpec(record) } };
    return parseLease(await this.#client(options).replace(object, { signal: options.signal }));
  }

  #client({ timeoutMs }: LeaseCallOptions): ResourceClient {
    const api = this.#api;
    return new ResourceClient(
      {
        request: (request) => api.request({ ...request, timeoutMs }),
        text: (request) => api.text({ ...request, timeoutMs }),
        watch: (request) => api.watch(request),
      },
      LEASES,
    );
  }
}

function parseLease(object: KubeObject): StoredLease {
  const spec: JsonObject = isJsonObject(object.spec) ? object.spec : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime } =
    spec as Record<string, unknown>;
  return {
    object,
    record: {
      holderIdentity: typeof holderIdentity === 'string' ? holderIdentity : '',
      leaseDurationSeconds: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : 0,
      leaseTransitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
      ...(typeof acquireTime === 'string' ? { acquireTime } : {}),
      ...(typeof renewTime === 'string' ? { renewTime } : {}),
    },
  };
}

function toSpec(record: LeaseRecord): JsonObject {
  const { holderIdentity, ...rest } = record;
  // Nobody is an absent holder, as client-go writes it: null removes the field.
  return { ...rest, holderIdentity: holderIdentity === '' ? null : holderIdentity };
}
