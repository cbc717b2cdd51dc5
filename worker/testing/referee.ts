import { loadNative } from '../../zookeeper/testing/index.ts';
import type { NativeClient } from '../../zookeeper/testing/index.ts';
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

/** Access control lists as sorted words, beside the data: `{ '/a': { data: 'x', acl: [...] } }`. */
export type ZnodesWithAcls = Readonly<
  Record<string, { readonly data: string | null; readonly acl: readonly string[] }>
>;

/** As {@link Referee}, as somebody: `user:password`. */
export type AclReferee = (server: string, root: string, digest: string) => Promise<ZnodesWithAcls>;

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

/** As {@link loadReferee}, for access control lists, too. */
export async function loadAclReferee(): Promise<AclReferee | null> {
  const connect = await loadNative();
  if (connect === null) return null;
  return async (server, root, digest) => {
    const client = await connect(server);
    try {
      await new Promise<void>((resolve) => {
        client.add_auth('digest', digest, resolve);
      });
      return await readWithAcls(client, root);
    } finally {
      client.close();
    }
  };
}

async function readWithAcls(client: NativeClient, path: string): Promise<ZnodesWithAcls> {
  const [stat, data] = await client.get(path, false);
  if (stat.ephemeralOwner !== '0') return {};
  const [entries] = await client.get_acl(path);
  const acl = entries.map(({ perms, scheme, auth }) => `${perms} ${scheme} ${auth}`).sort();
  const [names] = await client.get_children2(path, false);
  const below: ZnodesWithAcls[] = [];
  for (const name of names.sort()) below.push(await readWithAcls(client, `${path}/${name}`));
  return Object.assign(
    { [path]: { data: data?.toString() ?? null, acl } },
    ...below,
  ) as ZnodesWithAcls;
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
