/** A Stat of the npm package `zookeeper`: 64-bit values as strings. */
export interface NativeStat {
  version: number;
  cversion: number;
  aversion: number;
  dataLength: number;
  numChildren: number;
  ephemeralOwner: string;
}

export interface NativeAcl {
  perms: number;
  scheme: string;
  auth: string;
}

/** The part of the npm package `zookeeper` that tests use; its own types are callbacks' only. */
export interface NativeClient {
  init(config: object): unknown;
  once(event: 'connect', listener: () => void): unknown;
  create(path: string, data: Buffer, flags: number): Promise<string>;
  exists(path: string, watch: boolean): Promise<NativeStat>;
  get(path: string, watch: boolean): Promise<[NativeStat, Buffer | null]>;
  get_children2(path: string, watch: boolean): Promise<[string[], NativeStat]>;
  set(path: string, data: Buffer, version: number): Promise<NativeStat>;
  delete_(path: string, version: number): Promise<unknown>;
  get_acl(path: string): Promise<[NativeAcl[], NativeStat]>;
  set_acl(path: string, version: number, acl: readonly NativeAcl[]): Promise<unknown>;
  /** Not promised, like nothing else: the addon wants its callback. */
  add_auth(scheme: string, auth: string, done: () => void): unknown;
  sync(path: string): Promise<unknown>;
  close(): void;
}

type NativeClass = new (options: object) => NativeClient;

const TIMEOUT_MS = 30_000;
const ERRORS_ONLY = 1;
/** By default the addon takes a znode that arrives in more than a few pieces for a lost session. */
const NO_LIMIT = 0x7fffffff;

/** Opens a session; whoever asked closes it. */
export type NativeConnect = (server: string) => Promise<NativeClient>;

/**
 * The client of Apache ZooKeeper's C library, which shares no line of code with ours; null where
 * its addon was not compiled.
 */
export async function loadNative(): Promise<NativeConnect | null> {
  const native = await import('zookeeper').catch(() => null);
  if (native === null) return null;
  const { Promise: Client } = native.default as unknown as { Promise: NativeClass };
  return async (server) => {
    const client = new Client({
      connect: server,
      timeout: TIMEOUT_MS,
      debug_level: ERRORS_ONLY,
      response_counter_limit: NO_LIMIT,
    });
    await new Promise<void>((resolve) => {
      client.once('connect', resolve);
      client.init({});
    });
    return client;
  };
}
