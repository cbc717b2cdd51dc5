import { isRecord, propertyNode, type SchemaNode } from './node.ts';

/**
 * Fills defaults in as the API server does: parents first, then into them; null counts as missing
 * where there is a default. Returns a new value; what the schema does not describe is kept.
 */
export function applyDefaults(node: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = node;
    return items ? value.map((item) => applyDefaults(items, item)) : value;
  }
  return isRecord(value) ? fillMembers(node, value) : value;
}

function fillMembers(node: SchemaNode, value: Record<string, unknown>): Record<string, unknown> {
  const filled = { ...value };
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const child = propertyNode(node, name, value) ?? property;
    const present = filled[name] ?? structuredClone(child.default) ?? filled[name];
    if (present !== undefined) filled[name] = applyDefaults(child, present);
  }
  const { additionalProperties } = node;
  if (!additionalProperties) return filled;
  const members = Object.entries(filled).map(
    ([name, member]) => [name, applyDefaults(additionalProperties, member)] as const,
  );
  return Object.fromEntries(members);
}
