import type { Clock } from '../../../common/clock.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import type { ApiClient, ApiRequest } from '../api-client.ts';
import { KubeConnectionError } from '../errors.ts';
import { isJsonObject, omit, textOf, type JsonObject } from '../json-fields.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../objects.ts';
import { apiVersionOf, RESOURCE_TYPES, type ResourceType } from '../resources.ts';
import { FakeStorage, refusal } from './fake-storage.ts';
import { FakeWatches } from './fake-watches.ts';
import { matchesFields } from './field-selector.ts';
import { matchesSelector } from './label-selector.ts';
import { mergePatch } from './merge-patch.ts';

/** One call that reached the fake, watches among them. */
export interface FakeCall {
  readonly method: ApiRequest['method'] | 'WATCH';
  readonly path: string;
  readonly query: NonNullable<ApiRequest['query']>;
  readonly body: unknown;
}

/**
 * What goes wrong with a call: `before` it has done anything, `after` it was done (the reply is
 * lost), or no answer comes at all until the caller gives up.
 */
export interface Fault {
  readonly fail: 'before' | 'after' | 'hang';
  /** Default: a KubeConnectionError. */
  readonly error?: Error;
}

interface Target {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Kinds whose status only moves through `/status`. */
const HAS_STATUS: readonly string[] = RESOURCE_TYPES.map((type) => type.kind).filter(
  (kind) => !['Secret', 'Event', 'Lease'].includes(kind),
);

/**
 * An API server in memory, for unit tests: resourceVersions and conflicts, generations, status
 * subresources, merge patches, preconditions, selectors, pages, watches, owner references. No
 * schema, no admission, no roles.
 */
export class FakeKube implements ApiClient {
  /** Every call so far, in order. */
  readonly calls: FakeCall[] = [];
  /** Asked before each call; `index` counts from 0. */
  intercept: ((call: FakeCall, index: number) => Fault | undefined) | undefined;
  /** Watches outlive their timeoutSeconds, as on a connection that died silently. */
  silentWatches = false;

  readonly #clock: Clock;
  readonly #storage: FakeStorage;
  readonly #watches: FakeWatches;
  readonly #podLogs = new Map<string, string>();
  readonly #terminating = new Set<string>();

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? new FakeClock();
    this.#storage = new FakeStorage(this.#clock);
    this.#watches = new FakeWatches(this.#storage, this.#clock);
  }

  /** The calls that change something. */
  get writes(): readonly FakeCall[] {
    return this.calls.filter((call) => call.method !== 'GET' && call.method !== 'WATCH');
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.#watches.open;
  }

  /** Creates or replaces an object, its status included, as some other client would. */
  put(type: ResourceType, object: JsonObject): KubeObject {
    const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
    const key = { namespace: textOf(metadata, 'namespace'), name: textOf(metadata, 'name') };
    if (this.#storage.find(type, key) === undefined) {
      return this.#storage.insert(type, key.namespace, object);
    }
    const rest = omit(metadata, 'resourceVersion', 'uid');
    return this.#storage.update(type, { ...object, metadata: rest }, key, 'everything');
  }

  /** The object as the server has it now. */
  object(type: ResourceType, key: ObjectKey): KubeObject | undefined {
    return this.#storage.find(type, key);
  }

  /** All objects of a kind, by namespace and name. */
  objects(type: ResourceType): readonly KubeObject[] {
    return this.#storage.list(type);
  }

  /** Deletes an object and what it owns, as some other client would. */
  remove(type: ResourceType, key: ObjectKey): void {
    this.#storage.remove(type, key);
  }

  /** What `kubectl logs` of that pod would print. */
  setPodLog(pod: ObjectKey, text: string): void {
    this.#podLogs.set(formatKey(pod), text);
  }

  /** From now on nothing can be created in this namespace. */
  terminateNamespace(namespace: string): void {
    this.#terminating.add(namespace);
  }

  /** Forgets the history: a watch that begins before now gets 410 Gone; open ones go on. */
  compactHistory(): void {
    this.#storage.compact();
  }

  /** Cuts every open watch in the middle. */
  disconnectWatches(): void {
    this.#watches.disconnect();
  }

  /** Sends every open watch a bookmark. */
  sendBookmarks(): void {
    this.#watches.bookmark();
  }

  async request(request: ApiRequest): Promise<unknown> {
    const result = await this.#call(request, () => this.#perform(request));
    return JSON.parse(JSON.stringify(result)) as unknown;
  }

  text(request: ApiRequest): Promise<string> {
    return this.#call(request, () => {
      const { type, namespace = '', name = '' } = parsePath(request.path);
      this.#storage.require(type, { namespace, name });
      const text = this.#podLogs.get(formatKey({ namespace, name })) ?? '';
      const lines = text.trimEnd().split('\n');
      const tailLines = Number(request.query?.['tailLines'] ?? lines.length);
      return lines.slice(Math.max(0, lines.length - tailLines)).join('\n');
    });
  }

  async *watch(request: ApiRequest): AsyncGenerator<unknown> {
    const { type, namespace } = parsePath(request.path);
    await this.#call(request, () => undefined, 'WATCH');
    const { resourceVersion, timeoutSeconds, labelSelector } = request.query ?? {};
    yield* this.#watches.stream({
      type,
      namespace,
      labelSelector: labelSelector === undefined ? undefined : String(labelSelector),
      revision: Number(resourceVersion),
      timeoutMs: this.silentWatches ? undefined : Number(timeoutSeconds) * 1000,
      signal: request.signal,
    });
  }

  async #call<T>(
    request: ApiRequest,
    perform: () => T,
    method: FakeCall['method'] = request.method,
  ): Promise<T> {
    const fault = this.#record(request, method);
    // A server is never quicker than the code that called it.
    await Promise.resolve();
    request.signal?.throwIfAborted();
    if (fault?.fail === 'hang') await this.#hang(request);
    if (fault?.fail === 'before') throw errorOf(fault, request);
    const result = perform();
    if (fault?.fail === 'after') throw errorOf(fault, request);
    return result;
  }

  #record(request: ApiRequest, method: FakeCall['method']): Fault | undefined {
    const { path, query = {}, body } = request;
    const call = { method, path, query, body };
    const fault = this.intercept?.(call, this.calls.length);
    this.calls.push(call);
    return fault;
  }

  #hang(request: ApiRequest): Promise<never> {
    return new Promise((_resolve, reject) => {
      const { signal, timeoutMs = 15_000, method, path } = request;
      const giveUp = (error: Error): void => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
        reject(error);
      };
      const onAbort = (): void => {
        giveUp(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const cancel = this.#clock.setTimer(timeoutMs, () => {
        giveUp(new KubeConnectionError(`${method} ${path}: no answer within ${timeoutMs} ms`));
      });
      signal?.addEventListener('abort', onAbort);
    });
  }

  #perform(request: ApiRequest): unknown {
    const target = parsePath(request.path);
    switch (request.method) {
      case 'GET':
        return target.name === undefined
          ? this.#list(target, request.query ?? {})
          : this.#storage.require(target.type, requireKey(target));
      case 'POST':
        return this.#create(target, request.body);
      case 'PUT':
        return this.#write(target, request.body);
      case 'PATCH': {
        const current = this.#storage.require(target.type, requireKey(target));
        const metadata = omit({ ...current.metadata }, 'resourceVersion');
        return this.#write(target, mergePatch({ ...current, metadata }, request.body), true);
      }
      case 'DELETE':
        return this.#delete(target, request.body);
    }
  }

  #list(target: Target, query: NonNullable<ApiRequest['query']>): unknown {
    const selector = query['labelSelector'];
    const all = this.#storage
      .list(target.type, target.namespace)
      .filter((object) =>
        matchesSelector(object.metadata.labels, selector === undefined ? '' : String(selector)),
      )
      .filter((object) => matchesFields(object, String(query['fieldSelector'] ?? '')));
    const start = Number(query['continue'] ?? 0);
    const end = start + Number(query['limit'] ?? all.length);
    return {
      kind: `${target.type.kind}List`,
      apiVersion: apiVersionOf(target.type),
      metadata: {
        resourceVersion: String(this.#storage.revision),
        ...(end < all.length ? { continue: String(end) } : {}),
      },
      // As on the wire: items of a list carry neither apiVersion nor kind.
      items: all.slice(start, end).map((item) => omit(item, 'apiVersion', 'kind')),
    };
  }

  #create(target: Target, body: unknown): KubeObject {
    const namespace = target.namespace ?? '';
    if (this.#terminating.has(namespace)) {
      const because = `because namespace ${namespace} is being terminated`;
      const message = `unable to create new content in namespace: ${because}`;
      throw refusal(403, 'Forbidden', message, ['NamespaceTerminating']);
    }
    const given = isJsonObject(body) ? body : {};
    if (!HAS_STATUS.includes(target.type.kind)) {
      return this.#storage.insert(target.type, namespace, given);
    }
    const own = target.type.group.endsWith('astronetes.io');
    return this.#storage.insert(target.type, namespace, {
      ...omit(given, 'status'),
      ...(own ? { status: { observedGeneration: -1 } } : {}),
    });
  }

  #write(target: Target, body: unknown, isPatch = false): KubeObject {
    const given = isJsonObject(body) ? body : {};
    const metadata = isJsonObject(given['metadata']) ? given['metadata'] : {};
    const { type } = target;
    if (!isPatch && metadata['resourceVersion'] === undefined) {
      throw refusal(422, 'Invalid', 'metadata.resourceVersion: must be specified for an update');
    }
    if (isPatch) refuseOtherUid(this.#storage.require(type, requireKey(target)), metadata);
    const main = HAS_STATUS.includes(type.kind) ? 'main' : 'everything';
    const scope = target.subresource === 'status' ? 'status' : main;
    return this.#storage.update(type, given, requireKey(target), scope);
  }

  #delete(target: Target, body: unknown): JsonObject {
    const key = requireKey(target);
    const current = this.#storage.require(target.type, key);
    const options = isJsonObject(body) ? body : {};
    const { uid } = (options['preconditions'] ?? {}) as { uid?: string };
    if (uid !== undefined && uid !== current.metadata.uid) {
      throw refusal(409, 'Conflict', `the UID in the precondition (${uid}) is another one`);
    }
    const orphan = options['propagationPolicy'] === 'Orphan';
    this.#storage.remove(target.type, keyOf(current), orphan);
    return { kind: 'Status', apiVersion: 'v1', status: 'Success' };
  }
}

function errorOf(fault: Fault, request: ApiRequest): Error {
  const { method, path } = request;
  return fault.error ?? new KubeConnectionError(`${method} ${path}: connection reset`);
}

/** A patch is not held against the uid as a precondition, a PUT is; the version comes before both. */
function refuseOtherUid(current: KubeObject, given: JsonObject): void {
  const { uid, resourceVersion } = current.metadata;
  const version = given['resourceVersion'];
  if (version !== undefined && version !== resourceVersion) return;
  if (given['uid'] === uid) return;
  throw refusal(422, 'Invalid', 'metadata.uid: Invalid value: field is immutable');
}

function parsePath(path: string): Target {
  const match =
    /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      path,
    );
  const [, group = '', namespace, plural, name, subresource] = match ?? [];
  const type = RESOURCE_TYPES.find((each) => each.plural === plural && each.group === group);
  if (type === undefined) throw refusal(404, '', 'the server could not find the resource');
  return { type, namespace, name, subresource };
}

function requireKey(target: Target): ObjectKey {
  return { namespace: target.namespace ?? '', name: target.name ?? '' };
}
