import { isJsonObject, omit, stringField, textOf, type JsonObject } from './json-fields.ts';

export { isJsonObject, type JsonObject };

/** Names one namespaced object of a known kind. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** An entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** What we read of `metadata`; times are RFC 3339 strings as on the wire. */
export interface ObjectMeta {
  readonly name: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** 0 where the kind keeps no generation (Pods, Secrets, Events). */
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

/**
 * An object as the API server sent it, with its metadata checked and everything else unknown:
 * whoever needs `spec` or `status` parses it there.
 */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

/** An object as it is sent to be created: the server fills in the rest of its metadata. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly [field: string]: unknown;
}

/** Thrown when a reply is not a Kubernetes object: a proxy's page, a cut body. */
export class MalformedObjectError extends Error {
  override readonly name = 'MalformedObjectError';
}

/**
 * Checks what every object must have and normalises its metadata.
 *
 * @param fallback apiVersion and kind for items of a list: the server leaves them out there.
 * @throws MalformedObjectError if name, uid or resourceVersion is missing.
 */
export function parseKubeObject(
  value: unknown,
  fallback?: { readonly apiVersion: string; readonly kind: string },
): KubeObject {
  if (!isJsonObject(value)) throw new MalformedObjectError('expected an object');
  const apiVersion = value['apiVersion'] ?? fallback?.apiVersion;
  const kind = value['kind'] ?? fallback?.kind;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw new MalformedObjectError('an object has no apiVersion or kind');
  }
  return { ...value, apiVersion, kind, metadata: parseMetadata(value['metadata'], kind) };
}

/** The namespace and name of an object. */
export function keyOf(object: KubeObject): ObjectKey {
  return { namespace: object.metadata.namespace, name: object.metadata.name };
}

/** `namespace/name`, the form of keys in queues and logs. */
export function formatKey(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}

/** The reverse of {@link formatKey}. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** Somebody has deleted the object; it is there until what keeps it (a finalizer) lets it go. */
export function isBeingDeleted({ metadata }: { readonly metadata: ObjectMeta }): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The owner that controls this object, if there is one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences.find((owner) => owner.controller === true);
}

/**
 * The reference that makes `owner` the controller of a child. `blockOwnerDeletion` is false: with
 * true, OwnerReferencesPermissionEnforcement (OpenShift) refuses the child unless we may also
 * update the owner's finalizers.
 */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: false,
  };
}

/** Freezes a JSON value all the way down, so that readers of a shared cache cannot change it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

/**
 * What we do not know stays, so that an object sent back loses nothing (finalizers); only
 * managedFields goes: it is half of many objects, and the server keeps its own when it is absent.
 */
function parseMetadata(value: unknown, kind: string): ObjectMeta {
  if (!isJsonObject(value)) throw new MalformedObjectError(`a ${kind} has no metadata`);
  return {
    ...omit(value, 'managedFields'),
    name: requiredString(value, 'name', kind),
    namespace: textOf(value, 'namespace'),
    uid: requiredString(value, 'uid', kind),
    resourceVersion: requiredString(value, 'resourceVersion', kind),
    generation: typeof value['generation'] === 'number' ? value['generation'] : 0,
    labels: stringMap(value['labels']),
    annotations: stringMap(value['annotations']),
    ownerReferences: parseOwners(value['ownerReferences']),
    ...stringField(value, 'creationTimestamp'),
    ...stringField(value, 'deletionTimestamp'),
  };
}

function parseOwners(value: unknown): OwnerReference[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((owner) => ({
    apiVersion: textOf(owner, 'apiVersion'),
    kind: textOf(owner, 'kind'),
    name: textOf(owner, 'name'),
    uid: textOf(owner, 'uid'),
    ...(typeof owner['controller'] === 'boolean' ? { controller: owner['controller'] } : {}),
    ...(typeof owner['blockOwnerDeletion'] === 'boolean'
      ? { blockOwnerDeletion: owner['blockOwnerDeletion'] }
      : {}),
  }));
}

function stringMap(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string';
    }),
  );
}

function requiredString(value: JsonObject, field: string, kind: string): string {
  const found = value[field];
  if (typeof found === 'string' && found !== '') return found;
  throw new MalformedObjectError(`a ${kind} has no metadata.${field}`);
}
