import { loadNative, type NativeClient } from '../../zookeeper/testing/index.ts';
import type { Znodes } from './znodes.ts';

/**
 * Reads a tree with a client that shares no line of code with ours: the persistent znodes at and
 * below a path, their data as text of that encoding; nothing where the path is missing.
 */
export type Referee = (
  server: string,
  root: string,
  encoding?: 'utf8' | 'latin1',
) => Promise<Znodes>;

/** What a copy carries of a znode. */
export interface FullZnode {
  /** As latin1. */
  readonly data: string | null;
  /** Entries as sorted words. */
  readonly acl: readonly string[];
  /** The number of its next sequential child. */
  readonly creations: number;
  readonly version: number;
}

/** As {@link Referee}, as somebody: `user:password`. */
export type FullReferee = (
  server: string,
  root: string,
  digest: string,
) => Promise<Readonly<Record<string, FullZnode>>>;

/** The client of Apache ZooKeeper's C library; null where its addon was not compiled. */
export async function loadReferee(): Promise<Referee | null> {
  const connect = await loadNative();
  if (connect === null) return null;
  return async (server, root, encoding = 'utf8') => {
    const client = await connect(server);
    try {
      return (await isThere(client, root)) ? await readTree(client, root, encoding) : {};
    } finally {
      client.close();
    }
  };
}

/** As {@link loadReferee}, for everything that a copy carries. */
export async function loadFullReferee(): Promise<FullReferee | null> {
  const connect = await loadNative();
  if (connect === null) return null;
  return async (server, root, digest) => {
    const client = await connect(server);
    try {
      await new Promise<void>((resolve) => {
        client.add_auth('digest', digest, resolve);
      });
      const found: Record<string, FullZnode> = {};
      if (await isThere(client, root)) await readFully(client, root, found);
      return found;
    } finally {
      client.close();
    }
  };
}

async function readFully(
  client: NativeClient,
  path: string,
  found: Record<string, FullZnode>,
): Promise<void> {
  const [stat, data] = await client.get(path, false);
  if (stat.ephemeralOwner !== '0') return;
  const [entries] = await client.get_acl(path);
  const { cversion, numChildren, version } = stat;
  found[path] = {
    data: data?.toString('latin1') ?? null,
    acl: entries.map(({ perms, scheme, auth }) => `${perms} ${scheme} ${auth}`).sort(),
    creations: (cversion + numChildren) / 2,
    version,
  };
  if (numChildren === 0) return;
  const [names] = await client.get_children2(path, false);
  await Promise.all(names.map((name) => readFully(client, `${path}/${name}`, found)));
}

async function readTree(
  client: NativeClient,
  root: string,
  encoding: 'utf8' | 'latin1',
): Promise<Znodes> {
  const found: Record<string, string | null> = {};
  const read = async (path: string): Promise<void> => {
    const [stat, data] = await client.get(path, false);
    if (stat.ephemeralOwner !== '0') return;
    found[path] = data?.toString(encoding) ?? null;
    if (stat.numChildren === 0) return;
    const [names] = await client.get_children2(path, false);
    await Promise.all(names.map((name) => read(`${path}/${name}`)));
  };
  await read(root);
  return found;
}

async function isThere(client: NativeClient, path: string): Promise<boolean> {
  return client.exists(path, false).then(
    () => true,
    () => false,
  );
}
