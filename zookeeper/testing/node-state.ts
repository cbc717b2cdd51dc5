import type { ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';

/** What is believed or seen of one znode; null: there is none. */
export type NodeState = { readonly version: number; readonly data: string } | null;

export function nodeState(version: number, data: Buffer | null): NodeState {
  return { version, data: data?.toString() ?? 'null' };
}

export async function stateOf(client: ZooKeeperClient, path: string): Promise<NodeState> {
  try {
    const { data, stat } = await client.getData(path);
    return nodeState(stat.version, data);
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === 'NoNode') return null;
    throw error;
  }
}

export function isSame(one: NodeState, other: NodeState): boolean {
  return one?.version === other?.version && one?.data === other?.data;
}

export function show(state: NodeState): string {
  return state === null
    ? 'missing'
    : `version ${state.version} (${state.data.trim().slice(0, 12)})`;
}
