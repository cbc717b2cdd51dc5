import type { Static } from '../../schema/builders.ts';
import { nodeOf, type SchemaNode } from '../../schema/node.ts';
import { ZOOKEEPER_TO_ZOOKEEPER_NODES } from './zookeeper-to-zookeeper-nodes.ts';

/** All plugins, by documented name. */
export const PLUGINS = {
  'zookeeper-to-zookeeper-nodes': ZOOKEEPER_TO_ZOOKEEPER_NODES,
} as const;

/** The documented name of a plugin. */
export type PluginId = keyof typeof PLUGINS;

/** What `spec.plugin` may be: the documented names, and those that mean the same. */
export type PluginName = (typeof PLUGINS)[PluginId]['names'][number];

/** The `spec.config` of any plugin. */
export type PluginConfig = Static<(typeof PLUGINS)[PluginId]['config']>;

/** The documented name of the plugin that a spec names. */
export function pluginId(name: PluginName): PluginId {
  const found = Object.entries(PLUGINS).find(([, { names }]) => names.includes(name));
  return (found?.[0] ?? name) as PluginId;
}

/** The schema of the config of a plugin. */
export function configNode(name: PluginName): SchemaNode {
  return nodeOf(PLUGINS[pluginId(name)].config);
}
