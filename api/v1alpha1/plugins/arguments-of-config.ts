import type { SynchronizeArguments } from '../../options/synchronize-options.ts';
import { isRecord, type SchemaNode } from '../../schema/node.ts';

/**
 * What a config says of the worker's options: the value of each field whose schema names an option
 * (`x-option`). Fields that are left out are left out.
 */
export function argumentsOfConfig(
  node: SchemaNode,
  config: unknown,
): Partial<SynchronizeArguments> {
  return Object.fromEntries(optionsIn(node, config));
}

function optionsIn(node: SchemaNode, value: unknown): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  const option = node['x-option'];
  if (option !== undefined) return [[option.name, option.encode?.(value) ?? value]];
  if (!isRecord(value)) return [];
  return Object.entries(node.properties ?? {}).flatMap(([name, property]) =>
    optionsIn(property, value[name]),
  );
}
