import { aclSet, OPEN_ACL, type AclEntry, type AclSet } from '../acl-set.ts';
import type { AclJudgement, AclSink, AclWriteOutcome, ReadAclResult } from '../acl-tree.ts';
import type { NodeType } from '../node-types.ts';
import { childPath, parentPath } from '../paths.ts';
import {
  FORBIDDEN,
  MISSING,
  type CreatedParent,
  type ListOfParent,
  type TreeRead,
  type TreeReadResult,
  type TreeSink,
  type TreeSource,
  type TreeWrite,
  type WriteOutcome,
  type WriteRefusal,
} from '../tree.ts';

interface MemoryZnode {
  data: Buffer | null;
  ephemeral: boolean;
  forbidden: boolean;
  dataZxid: bigint;
  childrenZxid: bigint;
  createdZxid: bigint;
  creations: number;
  acl: AclSet;
  dataVersion: number;
  aclVersion: number;
  nodeType: NodeType | undefined;
  readonly children: Set<string>;
}

/** What a test may say of a znode; everything else is empty and persistent. */
export interface ZnodeSpec {
  readonly data?: string | null;
  readonly ephemeral?: boolean;
  /** Reads and writes of it are refused. */
  readonly forbidden?: boolean;
  /** Everybody may do everything, unless it says otherwise. */
  readonly acl?: readonly AclEntry[];
  /** Children that were created below it and are gone. */
  readonly creations?: number;
  /** How often it was written before. */
  readonly dataVersion?: number;
}

const READ = 1;
const WRITE = 2;
const CREATE = 4;
const DELETE = 8;
const ADMIN = 16;

/** Schemes that a tree takes; it takes their ids as they are. */
const SCHEMES = ['world', 'digest', 'ip', 'sasl', 'x509'];

/** Called before each batch, so that a test can change a side in the middle of a run. */
export type Interference = (batch: readonly (TreeRead | TreeWrite)[]) => void;

/**
 * A tree in memory with the rules of a ZooKeeper: parents first, no deleting of what has children,
 * no children below an ephemeral, a batch is done as a whole or not at all, and nobody does what the
 * access control lists do not let him: the user is whoever has an id of the name {@link user}.
 */
export class MemoryTree implements TreeSource, TreeSink, AclSink {
  readonly maxBatchBytes: number;
  /** Ids of this user begin with it, in any scheme. */
  user = 'copier';
  isSuperuser = false;
  schemes: readonly string[] = SCHEMES;
  /** Entries that are left out of every list, without a word. */
  drops: (entry: AclEntry) => boolean = () => false;
  /** Paths whose lists were read, in order. */
  readonly aclReads: string[] = [];
  /** 1: a side that knows no transactions. */
  maxBatchWrites = 500;
  /** Largest data a znode may have; more is refused as `TooLarge`. */
  maxZnodeBytes = Infinity;
  beforeRead: Interference = () => undefined;
  beforeWrite: Interference = () => undefined;
  /** Whether the answer of the next write gets lost although the write was done. */
  loseAnswer: () => boolean = () => false;
  /** How many questions of a batch fit into memory at once. */
  answersAtOnce = Infinity;
  /** Writes that took effect, one entry each: `create /a`. */
  readonly written: string[] = [];
  #zxid = 1n;
  #znodes = new Map<string, MemoryZnode>();

  constructor(znodes: Readonly<Record<string, ZnodeSpec | string>> = {}, maxBatchBytes = 2_000) {
    this.maxBatchBytes = maxBatchBytes;
    this.#znodes.set('/', newZnode({}, 0n));
    for (const [path, spec] of Object.entries(znodes)) {
      this.set(path, typeof spec === 'string' ? { data: spec } : spec);
    }
  }

  /** Takes a backup. What it returns sets the tree back to it, its zxid with it. */
  backup(): () => void {
    const [kept, zxid] = [copyOf(this.#znodes), this.#zxid];
    return () => {
      this.#znodes = copyOf(kept);
      this.#zxid = zxid;
    };
  }

  /** Creates or changes a znode, parents included, as another client would. */
  set(path: string, spec: ZnodeSpec): void {
    const parent = parentPath(path);
    if (parent !== null && !this.#znodes.has(parent)) this.set(parent, {});
    this.#zxid += 1n;
    const existing = this.#znodes.get(path);
    if (existing) {
      const { children, createdZxid, childrenZxid, acl, aclVersion } = existing;
      const dataVersion = spec.dataVersion ?? existing.dataVersion + 1;
      const fresh = newZnode(spec, this.#zxid);
      const creations = spec.creations ?? existing.creations;
      const kept = { children, createdZxid, childrenZxid, creations, dataVersion, acl, aclVersion };
      Object.assign(existing, fresh, kept);
      if (spec.acl !== undefined) this.setAcl(path, spec.acl);
    } else {
      this.#insert(path, newZnode(spec, this.#zxid));
      const above = this.#parentOf(path);
      if (above) above.creations += 1;
    }
  }

  /** The number that the next sequential child gets, of each persistent znode. */
  counters(root = '/'): Record<string, number> {
    return Object.fromEntries(
      Object.keys(this.snapshot(root)).map((path) => [
        path,
        this.#znodes.get(path)?.creations ?? 0,
      ]),
    );
  }

  /** How often the data of each persistent znode was written. */
  dataVersions(root = '/'): Record<string, number> {
    return Object.fromEntries(
      Object.keys(this.snapshot(root)).map((path) => [
        path,
        this.#znodes.get(path)?.dataVersion ?? 0,
      ]),
    );
  }

  /** What each znode was created as, if not as an ordinary persistent one; a real tree does not tell. */
  nodeTypes(): Record<string, NodeType> {
    const found: Record<string, NodeType> = {};
    for (const [path, { nodeType }] of this.#znodes) if (nodeType) found[path] = nodeType;
    return found;
  }

  /** Changes an access control list, as another client would. */
  setAcl(path: string, entries: readonly AclEntry[]): void {
    const znode = this.#znodes.get(path);
    if (znode === undefined) throw new Error(`there is no ${path}`);
    znode.acl = this.#kept(aclSet(entries));
    znode.aclVersion += 1;
  }

  /** The lists of the persistent znodes at and below a path, by their keys. */
  acls(root = '/'): Record<string, string> {
    return Object.fromEntries(
      Object.keys(this.snapshot(root)).map((path) => [path, this.#znodes.get(path)?.acl.key ?? '']),
    );
  }

  async readAcls(paths: readonly string[]): Promise<readonly ReadAclResult[]> {
    await turn();
    this.aclReads.push(...paths);
    return paths.map((path) => this.#readAcl(path));
  }

  readonly sizeRemedy = 'Make it smaller.';

  async writeAcl(path: string, acl: AclSet, aclVersion: number): Promise<AclWriteOutcome> {
    await turn();
    this.beforeWrite([{ kind: 'update', path, data: null }]);
    const znode = this.#znodes.get(path);
    if (!znode) return { kind: 'missing' };
    if (!this.#may(znode, ADMIN)) return { kind: 'forbidden' };
    if (!this.#takes(acl)) return { kind: 'unknown' };
    if (znode.aclVersion !== aclVersion) return { kind: 'changed' };
    this.setAcl(path, acl.entries);
    this.written.push(`acl ${path}`);
    return { kind: 'done', aclVersion: znode.aclVersion, createdZxid: znode.createdZxid };
  }

  async judgeAcl(acl: AclSet): Promise<AclJudgement> {
    await turn();
    if (!this.#takes(acl)) return 'unknown';
    const znode = { ...newZnode({}, 0n), acl };
    if (!this.#may(znode, READ) || !this.#may(znode, ADMIN)) return 'locksOut';
    return [WRITE, CREATE, DELETE].every((right) => this.#may(znode, right)) ? 'full' : 'admin';
  }

  /** Removes a znode with all below it, as another client would. */
  remove(path: string): void {
    for (const name of this.#znodes.get(path)?.children ?? []) this.remove(childPath(path, name));
    this.#zxid += 1n;
    this.#drop(path);
  }

  /** The persistent znodes at and below a path: path to data, null and empty kept apart. */
  snapshot(root = '/'): Record<string, string | null> {
    const base = root === '/' ? '/' : `${root}/`;
    const inside = [...this.#znodes].filter(
      ([path, znode]) => !znode.ephemeral && (path === root || path.startsWith(base)),
    );
    inside.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      inside.map(([path, { data }]) => [path, data?.toString('latin1') ?? null]),
    );
  }

  has(path: string): boolean {
    return this.#znodes.has(path);
  }

  async sync(): Promise<bigint> {
    await turn();
    return this.#zxid;
  }

  countBelow(): Promise<number | null> {
    return Promise.resolve(null);
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    await turn();
    this.beforeRead(batch);
    const first = batch.slice(0, this.answersAtOnce);
    return first.map(({ kind, path }) => this.#readOne(kind, path));
  }

  async createAbove(path: string, listOf: ListOfParent | null): Promise<readonly CreatedParent[]> {
    await turn();
    const created: CreatedParent[] = [];
    const parent = parentPath(path);
    if (parent === null || this.#znodes.has(parent)) return created;
    created.push(...(await this.createAbove(parent, listOf)));
    const { whole, kept } = (await listOf?.(parent)) ?? { whole: OPEN_ACL, kept: [] };
    const own = { permissions: 31, scheme: 'digest', id: `${this.user}:hash` };
    this.set(parent, { acl: whole?.entries ?? [own, ...kept] });
    created.push({ path: parent, list: whole === null ? 'own' : 'whole' });
    return created;
  }

  async write(batch: readonly TreeWrite[]): Promise<WriteOutcome> {
    await turn();
    this.beforeWrite(batch);
    // One for the whole transaction.
    const zxid = (this.#zxid += 1n);
    const undo: (() => void)[] = [];
    for (const [index, write] of batch.entries()) {
      const result = this.#writeOne(write);
      if (typeof result === 'string') {
        undo.reverse().forEach((each) => {
          each();
        });
        return { kind: 'refused', index, refusal: result, code: result };
      }
      undo.push(result);
    }
    this.written.push(...batch.map(({ kind, path }) => `${kind} ${path}`));
    return this.loseAnswer() ? { kind: 'unknown' } : { kind: 'done', zxid };
  }

  writeLarge(write: TreeWrite): Promise<WriteOutcome> {
    return this.write([write]);
  }

  #readOne(kind: TreeRead['kind'], path: string): TreeReadResult {
    const znode = this.#znodes.get(path);
    if (!znode) return MISSING;
    if (!this.#may(znode, READ)) return FORBIDDEN;
    if (kind === 'children') return { kind, names: [...znode.children] };
    const { data, ephemeral, dataZxid, childrenZxid, createdZxid, children } = znode;
    const { dataVersion, aclVersion, creations } = znode;
    const changedZxid = dataZxid > childrenZxid ? dataZxid : childrenZxid;
    const zxids = { changedZxid, dataZxid, createdZxid, createdTimeMs: 1 };
    const counts = { dataVersion, aclVersion, creations, childCount: children.size };
    return { kind, data, ephemeral, ...zxids, ...counts };
  }

  #writeOne(write: TreeWrite): WriteRefusal | (() => void) {
    const existing = this.#znodes.get(write.path);
    if (write.kind === 'create') return existing ? 'Exists' : this.#create(write);
    if (!existing) return 'Missing';
    if (existing.forbidden) return 'Forbidden';
    if (write.kind === 'delete') return this.#delete(write.path, existing);
    return this.#may(existing, WRITE) ? this.#update(existing, write.data) : 'Forbidden';
  }

  #update(existing: MemoryZnode, data: Buffer | null): WriteRefusal | (() => void) {
    if ((data?.length ?? 0) > this.maxZnodeBytes) return 'TooLarge';
    const { dataZxid, dataVersion } = existing;
    const before = { data: existing.data, dataZxid, dataVersion };
    existing.data = data;
    existing.dataVersion += 1;
    existing.dataZxid = this.#zxid;
    return () => Object.assign(existing, before);
  }

  #create({ path, data, acl, nodeType }: Create): WriteRefusal | (() => void) {
    const parent = this.#znodes.get(parentPath(path) ?? '/');
    if (!parent) return 'Missing';
    if (parent.ephemeral) return 'ParentIsEphemeral';
    if (!this.#may(parent, CREATE)) return 'Forbidden';
    if (!this.#takes(acl)) return 'Other';
    if ((data?.length ?? 0) > this.maxZnodeBytes) return 'TooLarge';
    const znode = newZnode({}, this.#zxid);
    this.#insert(path, { ...znode, data, acl: this.#kept(acl ?? OPEN_ACL), nodeType });
    parent.creations += 1;
    return () => {
      parent.creations -= 1;
      this.#drop(path);
    };
  }

  #delete(path: string, existing: MemoryZnode): WriteRefusal | (() => void) {
    if (existing.children.size > 0) return 'NotEmpty';
    const parent = this.#parentOf(path);
    if (parent !== undefined && !this.#may(parent, DELETE)) return 'Forbidden';
    this.#drop(path);
    return () => {
      this.#insert(path, existing);
    };
  }

  #insert(path: string, znode: MemoryZnode): void {
    this.#znodes.set(path, znode);
    const parent = this.#parentOf(path);
    parent?.children.add(path.slice(path.lastIndexOf('/') + 1));
    if (parent) parent.childrenZxid = this.#zxid;
  }

  #drop(path: string): void {
    this.#znodes.delete(path);
    const parent = this.#parentOf(path);
    parent?.children.delete(path.slice(path.lastIndexOf('/') + 1));
    if (parent) parent.childrenZxid = this.#zxid;
  }

  #readAcl(path: string): ReadAclResult {
    const znode = this.#znodes.get(path);
    if (!znode) return MISSING;
    if (!this.#may(znode, READ | ADMIN)) return FORBIDDEN;
    const { acl, aclVersion, createdZxid, dataZxid } = znode;
    const shown = this.#may(znode, ADMIN) ? acl : aclSet(acl.entries.map(redacted));
    return { kind: 'acl', acl: shown, aclVersion, createdZxid, dataZxid };
  }

  #kept({ entries }: AclSet): AclSet {
    return aclSet(entries.filter((entry) => !this.drops(entry)));
  }

  #takes(acl: AclSet | undefined): boolean {
    return (acl ?? OPEN_ACL).entries.every(({ scheme }) => this.schemes.includes(scheme));
  }

  /** True if any of the rights is given. */
  #may({ acl, forbidden }: MemoryZnode, rights: number): boolean {
    if (forbidden) return false;
    return (
      this.isSuperuser ||
      acl.entries.some(
        ({ permissions, scheme, id }) =>
          (permissions & rights) !== 0 && (scheme === 'world' || id.startsWith(`${this.user}:`)),
      )
    );
  }

  #parentOf(path: string): MemoryZnode | undefined {
    const parent = parentPath(path);
    return parent === null ? undefined : this.#znodes.get(parent);
  }
}

function copyOf(znodes: ReadonlyMap<string, MemoryZnode>): Map<string, MemoryZnode> {
  return new Map(
    [...znodes].map(([path, znode]) => [path, { ...znode, children: new Set(znode.children) }]),
  );
}

type Create = Extract<TreeWrite, { kind: 'create' }>;

function redacted(entry: AclEntry): AclEntry {
  if (entry.scheme !== 'digest') return entry;
  return { ...entry, id: `${entry.id.split(':', 1)[0] ?? ''}:x` };
}

function newZnode(
  { data, ephemeral, forbidden, acl, creations = 0, dataVersion = 0 }: ZnodeSpec,
  zxid: bigint,
): MemoryZnode {
  return {
    data: data === null ? null : Buffer.from(data ?? '', 'latin1'),
    ephemeral: ephemeral ?? false,
    forbidden: forbidden ?? false,
    dataZxid: zxid,
    childrenZxid: zxid,
    createdZxid: zxid,
    creations,
    acl: acl === undefined ? OPEN_ACL : aclSet(acl),
    dataVersion,
    aclVersion: 0,
    nodeType: undefined,
    children: new Set(),
  };
}

/** Answers come later, as from a server, so that batches do overlap. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
