import type { FieldOption, Pattern, Rule, TSchema, Variants } from './builders.ts';

/** A schema as plain JSON Schema with our extensions: what the walkers look at. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-pattern'?: Pattern;
  readonly 'x-option'?: FieldOption<unknown>;
  readonly 'x-variants'?: Variants;
  readonly 'x-rules'?: readonly Rule<unknown>[];
}

/** Views a schema as a plain node. */
export function nodeOf(schema: TSchema): SchemaNode {
  return schema;
}

/**
 * The schema of a property. Of one that has variants it is the one that the object's own word chooses.
 *
 * @param value the object that the property belongs to
 */
export function propertyNode(
  node: SchemaNode,
  name: string,
  value: Readonly<Record<string, unknown>>,
): SchemaNode | undefined {
  const variants = node['x-variants'];
  const word = variants?.of === name ? value[variants.by] : undefined;
  const chosen = typeof word === 'string' ? variants?.schemas[word] : undefined;
  return chosen ?? node.properties?.[name];
}

/** Properties that an author must write: those required that have no default. */
export function requiredWithoutDefault(node: SchemaNode): string[] {
  return (node.required ?? []).filter((name) => node.properties?.[name]?.default === undefined);
}

/** True for a value with named members: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
