/**
 * An independent ZooKeeper client: the C client of the ZooKeeper project behind the npm package
 * `zookeeper`. It shares no line with ours, so it can judge what ours has written.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

/** The part of the package that is used here; its own types do not survive strict checking. */
interface NativeClient {
  init(config: { connect: string; timeout: number; debug_level: number }): void;
  once(event: 'connect', listener: () => void): void;
  close(): void;
  create(path: string, data: Buffer | string, flags: number): Promise<string>;
  set(path: string, data: Buffer | string, version: number): Promise<unknown>;
  delete_(path: string, version: number): Promise<unknown>;
  pathExists(path: string, watch: boolean): Promise<boolean>;
  get(path: string, watch: boolean): Promise<[NativeStat, Buffer | null]>;
  get_children(path: string, watch: boolean): Promise<string[]>;
  add_auth(scheme: string, credential: string, done: (code: number) => void): void;
  set_acl(path: string, version: number, acl: readonly NativeAcl[]): Promise<unknown>;
}

interface NativeAcl {
  readonly perm: number;
  readonly scheme: string;
  readonly auth: string;
}

interface NativeStat {
  /** Session id in hex; `0` for a znode that belongs to no session. */
  readonly ephemeralOwner: string;
  readonly version: number;
}

const CONTROL_ROOT = '/.resiliency-operator';
/** The users that the suites let the worker be: what it remembers belongs to them. */
const WRITERS = ['admin:password', 'copier:right'];
const EPHEMERAL = 1;
const ANY_VERSION = -1;
const ALL_PERMISSIONS = 31;
/** As the C library tells them. */
const NO_NODE = '-101 no node';
const NOT_EMPTY = '-111 not empty';

/** What an independent reader sees of a subtree: path → data in base64, or null. */
export type SeenTree = Readonly<Record<string, string | null>>;

export interface Referee {
  /** Creates a znode and the ancestors it lacks. */
  put(path: string, data?: string): Promise<void>;
  set(path: string, data: string): Promise<void>;
  /** Creates an ephemeral znode that lives as long as this referee. */
  putEphemeral(path: string): Promise<void>;
  /** Leaves all rights on a znode and everything below it to one user, whom this referee becomes. */
  protect(path: string, user: string, password: string): Promise<void>;
  /**
   * Deletes a znode and everything below it, and what the operator remembers of earlier copies, which
   * would take this for somebody's change of the destination. Nothing happens where there is none.
   */
  removeTree(path: string): Promise<void>;
  /** Reads a subtree; ephemeral znodes are left out, as a copy leaves them out. */
  readTree(path: string): Promise<SeenTree>;
  close(): void;
}

/** Connects to one server, `host:port`. Rejects after `timeoutMs` without a session. */
export async function connectReferee(server: string, timeoutMs = 20_000): Promise<Referee> {
  const client = loadClient();
  await connected(client, server, timeoutMs);
  return {
    put: (path, data = '') => put(client, path, data, 0),
    set: async (path, data) => {
      await client.set(path, Buffer.from(data), ANY_VERSION);
    },
    putEphemeral: (path) => put(client, path, '', EPHEMERAL),
    protect: async (path, user, password) => {
      await authenticate(client, `${user}:${password}`);
      await setAclBelow(client, path, [digestAcl(user, password)]);
    },
    removeTree: async (path) => {
      await removeTree(client, path);
      for (const writer of WRITERS) await authenticate(client, writer);
      await removeTree(client, CONTROL_ROOT).catch((error: unknown) => {
        // A worker of another run keeps something there.
        if (!String(error).includes(NOT_EMPTY)) throw error;
      });
    },
    readTree: async (path) => Object.fromEntries(await readTree(client, path)),
    close: () => {
      client.close();
    },
  };
}

function loadClient(): NativeClient {
  try {
    const Client = createRequire(import.meta.url)('zookeeper') as new () => NativeClient;
    return new Client();
  } catch (cause) {
    throw new Error(
      'The npm package `zookeeper` is not compiled. Install a C++ compiler, make and python3, then run `npm rebuild zookeeper`.',
      { cause },
    );
  }
}

function connected(client: NativeClient, server: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      client.close();
      reject(new Error(`no session at ${server} within ${timeoutMs} ms`));
    }, timeoutMs);
    client.once('connect', () => {
      clearTimeout(deadline);
      resolve();
    });
    client.init({ connect: server, timeout: 10_000, debug_level: 1 });
  });
}

async function put(client: NativeClient, path: string, data: string, flags: number): Promise<void> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (parent !== '' && !(await client.pathExists(parent, false))) await put(client, parent, '', 0);
  await client.create(path, Buffer.from(data), flags);
}

function authenticate(client: NativeClient, credential: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.add_auth('digest', credential, (code) => {
      if (code === 0) resolve();
      else reject(new Error(`add_auth ended with ${code}`));
    });
  });
}

/** As ZooKeeper's DigestAuthenticationProvider has it. */
function digestAcl(user: string, password: string): NativeAcl {
  const digest = createHash('sha1').update(`${user}:${password}`).digest('base64');
  return { perm: ALL_PERMISSIONS, scheme: 'digest', auth: `${user}:${digest}` };
}

async function setAclBelow(
  client: NativeClient,
  path: string,
  acl: readonly NativeAcl[],
): Promise<void> {
  for (const child of await client.get_children(path, false)) {
    await setAclBelow(client, `${path}/${child}`, acl);
  }
  await client.set_acl(path, ANY_VERSION, acl);
}

/** What is gone by itself, as the ephemeral of a worker that ends, is removed. */
async function removeTree(client: NativeClient, path: string): Promise<void> {
  try {
    if (!(await client.pathExists(path, false))) return;
    for (const child of await client.get_children(path, false)) {
      await removeTree(client, `${path}/${child}`);
    }
    await client.delete_(path, ANY_VERSION);
  } catch (error) {
    if (!isNoNode(error)) throw error;
  }
}

function isNoNode(error: unknown): boolean {
  return String(error).includes(NO_NODE);
}

async function readTree(client: NativeClient, path: string): Promise<[string, string | null][]> {
  const [stat, data] = await client.get(path, false);
  if (!/^0*$/.test(stat.ephemeralOwner)) return [];
  const children = await client.get_children(path, false);
  const below = await Promise.all(
    children.sort().map((child) => readTree(client, `${path}/${child}`)),
  );
  return [[path, data === null ? null : data.toString('base64')], ...below.flat()];
}
