import { loadNative } from '../../zookeeper/testing/index.ts';
import type { NativeClient } from '../../zookeeper/testing/index.ts';
import type { Znodes } from './znodes.ts';

/** Reads a tree with a client that shares no line of code with ours. */
export type Referee = (server: string, root: string) => Promise<Znodes>;

/** The client of Apache ZooKeeper's C library; null where its addon was not compiled. */
export async function loadReferee(): Promise<Referee | null> {
  const connect = await loadNative();
  if (connect === null) return null;
  return async (server, root) => {
    const client = await connect(server);
    try {
      return await read(client, root);
    } finally {
      client.close();
    }
  };
}

async function read(client: NativeClient, path: string): Promise<Znodes> {
  const [stat, data] = await client.get(path, false);
  if (stat.ephemeralOwner !== '0') return {};
  const [names] = await client.get_children2(path, false);
  const below: Znodes[] = [];
  for (const name of Array.from(names).sort()) below.push(await read(client, `${path}/${name}`));
  return Object.assign({ [path]: data?.toString() ?? null }, ...below) as Znodes;
}
