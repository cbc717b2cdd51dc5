import { asSchema, optional, structure, type TSchema } from '../../schema/builders.ts';
import { nodeOf, requiredWithoutDefault } from '../../schema/node.ts';
import type { PluginDefinition } from './plugin-definition.ts';

/** A rule of the spec that the API server judges. */
interface CelRule {
  readonly must: string;
  readonly remedy: string;
  readonly cel: string;
}

/** What the API server knows of the configs of all plugins. */
export interface UnionOfConfigs {
  /** All fields of all of them. */
  readonly schema: TSchema;
  /** Rules of the spec: which field belongs to which plugin. */
  readonly rules: readonly CelRule[];
}

/**
 * One schema for `spec.config`, for a CRD has only one: each plugin's fields. A field of some plugins
 * alone has no default there, for the API server would fill it in for the others; a rule says which
 * plugins have it. What a plugin demands beyond that, the parser judges.
 *
 * @throws Error if two plugins give one name to fields that differ
 */
export function unionOfConfigs(
  plugins: readonly PluginDefinition[],
  description: string,
): UnionOfConfigs {
  const [first] = plugins;
  if (first !== undefined && plugins.length === 1) return { schema: first.config, rules: [] };
  const owners = ownersOfFields(plugins);
  const fields = [...owners].map(([name, { schema, plugins: its }]) => {
    return [
      name,
      its.length === plugins.length ? schema : optional(withoutDefault(schema)),
    ] as const;
  });
  const rules = [...owners].flatMap(([name, { plugins: its }]) =>
    its.length === plugins.length ? [] : rulesOf(name, its),
  );
  return { schema: structure(Object.fromEntries(fields), { description }), rules };
}

interface Owners {
  readonly schema: TSchema;
  readonly plugins: readonly PluginDefinition[];
}

function ownersOfFields(plugins: readonly PluginDefinition[]): ReadonlyMap<string, Owners> {
  const owners = new Map<string, Owners>();
  for (const plugin of plugins) {
    for (const [name, schema] of Object.entries(plugin.config.properties)) {
      const known = owners.get(name);
      if (known !== undefined && JSON.stringify(known.schema) !== JSON.stringify(schema)) {
        const others = known.plugins.map(({ names }) => names[0]).join(', ');
        throw new Error(`${plugin.names[0]} gives ${name} another schema than ${others}`);
      }
      owners.set(name, { schema, plugins: [...(known?.plugins ?? []), plugin] });
    }
  }
  return owners;
}

/** For the API server alone: the parser has the schema of each plugin. */
function rulesOf(field: string, plugins: readonly PluginDefinition[]): readonly CelRule[] {
  const belongs = celIn(plugins);
  const called = plugins.map(({ names }) => names[0]).join(' or ');
  const foreign: CelRule = {
    must: `must not have config.${field} unless plugin is ${called}`,
    remedy: `Remove config.${field}, or choose that plugin.`,
    cel: `${belongs} || !has(self.config.${field})`,
  };
  const demanding = plugins.filter(({ config }) =>
    requiredWithoutDefault(nodeOf(config)).includes(field),
  );
  if (demanding.length === 0) return [foreign];
  const needed: CelRule = {
    must: `must have config.${field} where plugin is ${demanding.map(({ names }) => names[0]).join(' or ')}`,
    remedy: `Set config.${field}.`,
    cel: `!(${celIn(demanding)}) || has(self.config.${field})`,
  };
  return [foreign, needed];
}

function celIn(plugins: readonly PluginDefinition[]): string {
  const names = plugins.flatMap((plugin) => plugin.names.map((name) => `'${name}'`));
  return `self.plugin in [${names.join(', ')}]`;
}

function withoutDefault(schema: TSchema): TSchema {
  return asSchema(Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'default')));
}
