import {
  connect,
  statFields,
  ZooKeeperError,
  type MultiOp,
  type ZooKeeperClient,
} from '../../zookeeper/index.ts';

/** What a test wants to stand somewhere: path to data. */
export type Znodes = Readonly<Record<string, string | null>>;

/** Creates or changes znodes, missing parents included. */
export async function put(client: ZooKeeperClient, znodes: Znodes): Promise<void> {
  for (const [path, text] of Object.entries(znodes)) {
    const data = text === null ? null : Buffer.from(text);
    await ensureParents(client, path);
    if ((await client.exists(path)) === null) await client.create(path, data);
    else await client.setData(path, data);
  }
}

/** Creates many children of one parent, a few hundred at a time. */
export async function putMany(
  client: ZooKeeperClient,
  parent: string,
  { count, data = '' }: { count: number; data?: string },
): Promise<void> {
  await put(client, { [parent]: '' });
  const bytes = Buffer.from(data);
  const ops = Array.from({ length: count }, (_, index): MultiOp => ({
    type: 'create',
    path: `${parent}/n${index}`,
    data: bytes,
  }));
  for (let at = 0; at < count; at += 250) await client.multi(ops.slice(at, at + 250));
}

/** Deletes a znode and everything below it. */
export async function remove(client: ZooKeeperClient, path: string): Promise<void> {
  const paths = await pathsFrom(client, path);
  // Requests take effect in the order of the calls, so nobody has to wait for the children.
  await Promise.all(paths.reverse().map((each) => client.delete(each)));
}

/** Parents before children. */
async function pathsFrom(client: ZooKeeperClient, path: string): Promise<string[]> {
  const { children } = await client.getChildren(path);
  const below = await Promise.all(children.map((name) => pathsFrom(client, `${path}/${name}`)));
  return [path, ...below.flat()];
}

/** The persistent znodes at and below a path, null and empty kept apart. */
export async function snapshot(client: ZooKeeperClient, path: string): Promise<Znodes> {
  const { data, stat } = await client.getData(path);
  if (stat.ephemeralOwner !== 0n) return {};
  const { children } = await client.getChildren(path);
  const below = await Promise.all(
    children.sort().map((name) => snapshot(client, `${path}/${name}`)),
  );
  return Object.assign({ [path]: data?.toString() ?? null }, ...below) as Znodes;
}

/** zxids of every znode at and below a path: they tell whether anything was written. */
export async function zxids(client: ZooKeeperClient, path: string): Promise<string[]> {
  const { stat } = await client.getData(path);
  const { czxid, mzxid, pzxid } = statFields(stat);
  const { children } = await client.getChildren(path);
  const below = await Promise.all(children.sort().map((name) => zxids(client, `${path}/${name}`)));
  return [`${path} ${czxid} ${mzxid} ${pzxid}`, ...below.flat()];
}

/** Opens a session for a test, with the bytes of `user:password` if given. */
export function open(server: { address: string }, digest?: string): Promise<ZooKeeperClient> {
  return connect({
    servers: [server.address],
    maxPacketBytes: 8 * 1024 * 1024,
    auth: digest === undefined ? [] : [{ scheme: 'digest', credential: Buffer.from(digest) }],
  });
}

async function ensureParents(client: ZooKeeperClient, path: string): Promise<void> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (parent === '' || (await client.exists(parent)) !== null) return;
  await ensureParents(client, parent);
  await client.create(parent, Buffer.alloc(0)).catch((error: unknown) => {
    if (!(error instanceof ZooKeeperError && error.code === 'NodeExists')) throw error;
  });
}
