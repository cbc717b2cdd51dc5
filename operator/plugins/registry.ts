import { pluginId, type PluginId, type PluginName } from '../../api/v1alpha1/plugins/registry.ts';
import type { OperatorPlugin } from './plugin.ts';
import { zookeeperToZookeeperNodes } from './zookeeper-to-zookeeper-nodes.ts';

/** One for each plugin of the API: a missing one does not compile. */
const OPERATOR_PLUGINS: Readonly<Record<PluginId, OperatorPlugin>> = {
  'zookeeper-to-zookeeper-nodes': zookeeperToZookeeperNodes,
};

/** The plugin that a spec names. */
export function operatorPlugin(name: PluginName): OperatorPlugin {
  return OPERATOR_PLUGINS[pluginId(name)];
}
