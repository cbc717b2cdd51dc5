import type { Znodes } from './znodes.ts';

/** The part of the npm package `zookeeper` that is used here; its own types are callbacks' only. */
interface NativeClient {
  init(config: object): unknown;
  once(event: 'connect', listener: () => void): unknown;
  get(path: string, watch: boolean): Promise<[{ ephemeralOwner: string }, Buffer | null]>;
  get_children(path: string, watch: boolean): Promise<string[]>;
  close(): void;
}

type NativeClass = new (options: object) => NativeClient;

/** Reads a tree with a client that shares no line of code with ours. */
export type Referee = (server: string, root: string) => Promise<Znodes>;

const TIMEOUT_MS = 10_000;
const ERRORS_ONLY = 1;

/** The client of Apache ZooKeeper's C library; null where its addon was not compiled. */
export async function loadReferee(): Promise<Referee | null> {
  const native = await import('zookeeper').catch(() => null);
  if (native === null) return null;
  const { Promise: Client } = native.default as unknown as { Promise: NativeClass };
  return async (server, root) => {
    const client = new Client({ connect: server, timeout: TIMEOUT_MS, debug_level: ERRORS_ONLY });
    const connected = new Promise<void>((resolve) => {
      client.once('connect', resolve);
    });
    client.init({});
    await connected;
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
  const names = await client.get_children(path, false);
  const below: Znodes[] = [];
  for (const name of names.sort()) below.push(await read(client, `${path}/${name}`));
  return Object.assign({ [path]: data?.toString() ?? null }, ...below) as Znodes;
}
