import type { Clock } from '../../../common/clock.ts';
import { KubeApiError } from '../errors.ts';
import { equalJson, isJsonObject, textOf, type JsonObject } from '../json-fields.ts';
import { isBeingDeleted, parseKubeObject, type KubeObject, type ObjectKey } from '../objects.ts';
import { apiVersionOf, type ResourceType } from '../resources.ts';

/** One change, as watches see it. */
export interface StoredChange {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceType;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** Which part of an object a write may touch. */
export type WriteScope = 'main' | 'status' | 'everything';

/** The etcd of {@link FakeKube}: objects, revisions, history, and the rules of a write. */
export class FakeStorage {
  readonly #clock: Clock;
  readonly #objects = new Map<string, { resource: ResourceType; object: KubeObject }>();
  readonly #listeners = new Set<() => void>();
  readonly #history: StoredChange[] = [];
  #revision = 100;
  #oldestRevision = 100;
  #uids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Forgets the history: a watch that begins before now gets 410 Gone; open ones go on. */
  compact(): void {
    this.#revision++;
    this.#oldestRevision = this.#revision;
  }

  /** Whether a watch may begin at this revision. */
  keeps(revision: number): boolean {
    return revision >= this.#oldestRevision;
  }

  changesSince(revision: number): readonly StoredChange[] {
    return this.#history.filter((change) => change.revision > revision);
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  find(resource: ResourceType, key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(addressOf(resource, key))?.object;
  }

  list(resource: ResourceType, namespace?: string): KubeObject[] {
    return [...this.#objects.entries()]
      .filter(([, entry]) => entry.resource.plural === resource.plural)
      .map(([, entry]) => entry.object)
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
      .sort((a, b) => (addressOf(resource, a.metadata) < addressOf(resource, b.metadata) ? -1 : 1));
  }

  insert(resource: ResourceType, namespace: string, body: JsonObject): KubeObject {
    const given = isJsonObject(body['metadata']) ? body['metadata'] : {};
    const uid = `00000000-0000-4000-8000-${String(++this.#uids).padStart(12, '0')}`;
    const name = textOf(given, 'name') || `${textOf(given, 'generateName')}${uid.slice(-5)}`;
    const key = { namespace, name };
    if (this.find(resource, key) !== undefined) {
      throw refusal(409, 'AlreadyExists', `${resource.plural} "${key.name}" already exists`);
    }
    const metadata = {
      ...given,
      ...key,
      uid,
      generation: 1,
      creationTimestamp: wireTime(this.#clock.now()),
    };
    return this.#commit('ADDED', resource, { ...body, metadata });
  }

  /**
   * Writes the parts of `body` that `scope` covers.
   * @throws KubeApiError 404, or 409 when `body` names a uid or resourceVersion of the past.
   */
  update(resource: ResourceType, body: JsonObject, key: ObjectKey, scope: WriteScope): KubeObject {
    const current = this.require(resource, key);
    checkPreconditions(current, isJsonObject(body['metadata']) ? body['metadata'] : {});
    const next = mergeScopes(current, body, scope);
    if (equalJson(next, current)) return current;
    const written = this.#commit('MODIFIED', resource, next);
    if (isBeingDeleted(written) && !hasFinalizers(written)) this.remove(resource, key);
    return written;
  }

  /**
   * Removes an object and, unless `orphan`, whatever names it as owner; one that has finalizers is
   * only marked, and goes with the last of them.
   */
  remove(resource: ResourceType, key: ObjectKey, orphan = false): void {
    const object = this.require(resource, key);
    if (hasFinalizers(object)) {
      if (isBeingDeleted(object)) return;
      const deletionTimestamp = wireTime(this.#clock.now());
      this.#commit('MODIFIED', resource, {
        ...object,
        metadata: { ...object.metadata, deletionTimestamp },
      });
      return;
    }
    this.#objects.delete(addressOf(resource, key));
    const metadata = { ...object.metadata, resourceVersion: String(++this.#revision) };
    const last = { ...object, metadata };
    this.#note({ type: 'DELETED', resource, object: last, previous: object });
    if (!orphan) this.#collectGarbage(object.metadata.uid);
  }

  /** @throws KubeApiError 404 */
  require(resource: ResourceType, key: ObjectKey): KubeObject {
    const object = this.find(resource, key);
    if (object === undefined) {
      throw refusal(404, 'NotFound', `${resource.plural} "${key.name}" not found`);
    }
    return object;
  }

  #collectGarbage(ownerUid: string): void {
    for (const { resource, object } of [...this.#objects.values()]) {
      if (!object.metadata.ownerReferences.some((owner) => owner.uid === ownerUid)) continue;
      if (this.find(resource, object.metadata)) this.remove(resource, object.metadata);
    }
  }

  #commit(type: 'ADDED' | 'MODIFIED', resource: ResourceType, body: JsonObject): KubeObject {
    const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
    const stored: unknown = JSON.parse(
      JSON.stringify({
        ...body,
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        metadata: { ...metadata, resourceVersion: String(++this.#revision) },
      }),
    );
    const object = parseKubeObject(stored);
    const address = addressOf(resource, object.metadata);
    const previous = this.#objects.get(address)?.object;
    this.#objects.set(address, { resource, object });
    this.#note({ type, resource, object, previous });
    return object;
  }

  #note(change: Omit<StoredChange, 'revision'>): void {
    this.#history.push({ ...change, revision: this.#revision });
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The error of an API server. */
export function refusal(
  code: number,
  reason: string,
  message: string,
  causes: readonly string[] = [],
): KubeApiError {
  return new KubeApiError({ code, reason, message, causes, request: 'fake' });
}

function hasFinalizers({ metadata }: KubeObject): boolean {
  const { finalizers } = metadata as { readonly finalizers?: readonly string[] };
  return finalizers !== undefined && finalizers.length > 0;
}

function wireTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z/, 'Z');
}

function checkPreconditions(current: KubeObject, given: JsonObject): void {
  for (const field of ['uid', 'resourceVersion'] as const) {
    const wanted = given[field];
    if (wanted === undefined || wanted === current.metadata[field]) continue;
    throw refusal(409, 'Conflict', `the object has been modified: ${field} is another`);
  }
}

function mergeScopes(current: KubeObject, body: JsonObject, scope: WriteScope): JsonObject {
  if (scope === 'status') return { ...current, status: body['status'] };
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const specChanged = !equalJson(body['spec'], current.spec);
  const { uid, name, namespace, resourceVersion, creationTimestamp, generation } = current.metadata;
  return {
    ...body,
    apiVersion: current.apiVersion,
    kind: current.kind,
    ...(scope === 'main' && 'status' in current ? { status: current.status } : {}),
    metadata: {
      ...current.metadata,
      ...given,
      ...{ uid, name, namespace, resourceVersion, creationTimestamp },
      generation: specChanged ? generation + 1 : generation,
    },
  };
}

function addressOf(resource: ResourceType, key: ObjectKey): string {
  return `${resource.plural}/${key.namespace}/${key.name}`;
}
