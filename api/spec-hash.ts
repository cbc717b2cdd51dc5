import { createHash } from 'node:crypto';
import { isRecord, nodeOf, propertyNode, type SchemaNode } from './schema/node.ts';
import { synchronizationSpec, type SynchronizationSpec } from './v1alpha1/synchronization.ts';

/**
 * Hash of a Synchronization's spec, 16 hex digits: what a Job is labelled with, to notice that the
 * spec was changed after it. Fields that hold their default count as absent, and the order of keys
 * does not matter; so a version of the operator that adds a field with a default computes the same
 * hash for an old object.
 */
export function specHash(spec: SynchronizationSpec): string {
  const essence = withoutDefaults(nodeOf(synchronizationSpec), spec);
  return createHash('sha256').update(canonicalJson(essence)).digest('hex').slice(0, 16);
}

/** Removes members equal to their default, innermost first; undefined if nothing is left. */
function withoutDefaults(node: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = node;
    return items ? value.map((item) => withoutDefaults(items, item)) : value;
  }
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const child = propertyNode(node, name, value);
    if (!child) return [[name, member] as const];
    if (isDefault(child, member)) return [];
    const essence = withoutDefaults(child, member);
    const emptied = isRecord(essence) && Object.keys(essence).length === 0;
    return emptied && child.default !== undefined ? [] : [[name, essence] as const];
  });
  return Object.fromEntries(kept);
}

function isDefault(node: SchemaNode, value: unknown): boolean {
  return node.default !== undefined && canonicalJson(node.default) === canonicalJson(value);
}

/** JSON with the keys of every object in order; undefined members are left out. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
  return `{${members.join(',')}}`;
}
