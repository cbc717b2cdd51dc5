import { childPath, parentPath } from '../paths.ts';
import { FORBIDDEN, MISSING } from '../tree.ts';
import type {
  TreeRead,
  TreeReadResult,
  TreeSink,
  TreeSource,
  TreeWrite,
  WriteOutcome,
  WriteRefusal,
} from '../tree.ts';

interface MemoryZnode {
  data: Buffer | null;
  ephemeral: boolean;
  forbidden: boolean;
  dataZxid: bigint;
  childrenZxid: bigint;
  readonly children: Set<string>;
}

/** What a test may say of a znode; everything else is empty and persistent. */
export interface ZnodeSpec {
  readonly data?: string | null;
  readonly ephemeral?: boolean;
  /** Reads and writes of it are refused. */
  readonly forbidden?: boolean;
}

/** Called before each batch, so that a test can change a side in the middle of a run. */
export type Interference = (batch: readonly (TreeRead | TreeWrite)[]) => void;

/**
 * A tree in memory with the rules of a ZooKeeper: parents first, no deleting of what has children,
 * no children below an ephemeral, a batch is done as a whole or not at all.
 */
export class MemoryTree implements TreeSource, TreeSink {
  readonly maxBatchBytes: number;
  /** 1: a side that knows no transactions. */
  maxBatchWrites = 500;
  /** Largest data a znode may have; more is refused as `TooLarge`. */
  maxZnodeBytes = Infinity;
  beforeRead: Interference = () => undefined;
  beforeWrite: Interference = () => undefined;
  /** Whether the answer of the next write gets lost although the write was done. */
  loseAnswer: () => boolean = () => false;
  /** Writes that took effect, one entry each: `create /a`. */
  readonly written: string[] = [];
  #zxid = 1n;
  readonly #znodes = new Map<string, MemoryZnode>();

  constructor(znodes: Readonly<Record<string, ZnodeSpec | string>> = {}, maxBatchBytes = 2_000) {
    this.maxBatchBytes = maxBatchBytes;
    this.#znodes.set('/', newZnode({}, 0n));
    for (const [path, spec] of Object.entries(znodes)) {
      this.set(path, typeof spec === 'string' ? { data: spec } : spec);
    }
  }

  /** Creates or changes a znode, parents included, as another client would. */
  set(path: string, spec: ZnodeSpec): void {
    const parent = parentPath(path);
    if (parent !== null && !this.#znodes.has(parent)) this.set(parent, {});
    this.#zxid += 1n;
    const existing = this.#znodes.get(path);
    if (existing)
      Object.assign(existing, { ...newZnode(spec, this.#zxid), children: existing.children });
    else this.#insert(path, newZnode(spec, this.#zxid));
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
    return batch.map(({ kind, path }) => this.#readOne(kind, path));
  }

  async createAbove(path: string): Promise<void> {
    await turn();
    const parent = parentPath(path);
    if (parent !== null && !this.#znodes.has(parent)) this.set(parent, {});
  }

  async write(batch: readonly TreeWrite[]): Promise<WriteOutcome> {
    await turn();
    this.beforeWrite(batch);
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
    return this.loseAnswer() ? { kind: 'unknown' } : { kind: 'done' };
  }

  #readOne(kind: TreeRead['kind'], path: string): TreeReadResult {
    const znode = this.#znodes.get(path);
    if (!znode) return MISSING;
    if (znode.forbidden) return FORBIDDEN;
    if (kind === 'children') return { kind, names: [...znode.children] };
    const { data, ephemeral, dataZxid, childrenZxid, children } = znode;
    const changedZxid = dataZxid > childrenZxid ? dataZxid : childrenZxid;
    return { kind, data, ephemeral, changedZxid, dataZxid, childCount: children.size };
  }

  #writeOne(write: TreeWrite): WriteRefusal | (() => void) {
    const existing = this.#znodes.get(write.path);
    if (write.kind === 'create') return existing ? 'Exists' : this.#create(write.path, write.data);
    if (!existing) return 'Missing';
    if (existing.forbidden) return 'Forbidden';
    if (write.kind === 'delete') return this.#delete(write.path, existing);
    return this.#update(existing, write.data);
  }

  #update(existing: MemoryZnode, data: Buffer | null): WriteRefusal | (() => void) {
    if ((data?.length ?? 0) > this.maxZnodeBytes) return 'TooLarge';
    const before = { data: existing.data, dataZxid: existing.dataZxid };
    existing.data = data;
    existing.dataZxid = this.#zxid += 1n;
    return () => Object.assign(existing, before);
  }

  #create(path: string, data: Buffer | null): WriteRefusal | (() => void) {
    const parent = this.#znodes.get(parentPath(path) ?? '/');
    if (!parent) return 'Missing';
    if (parent.ephemeral) return 'ParentIsEphemeral';
    if (parent.forbidden) return 'Forbidden';
    if ((data?.length ?? 0) > this.maxZnodeBytes) return 'TooLarge';
    this.#insert(path, { ...newZnode({}, (this.#zxid += 1n)), data });
    return () => {
      this.#drop(path);
    };
  }

  #delete(path: string, existing: MemoryZnode): WriteRefusal | (() => void) {
    if (existing.children.size > 0) return 'NotEmpty';
    this.#zxid += 1n;
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

  #parentOf(path: string): MemoryZnode | undefined {
    const parent = parentPath(path);
    return parent === null ? undefined : this.#znodes.get(parent);
  }
}

function newZnode({ data, ephemeral, forbidden }: ZnodeSpec, zxid: bigint): MemoryZnode {
  return {
    data: data === null ? null : Buffer.from(data ?? '', 'latin1'),
    ephemeral: ephemeral ?? false,
    forbidden: forbidden ?? false,
    dataZxid: zxid,
    childrenZxid: zxid,
    children: new Set(),
  };
}

/** Answers come later, as from a server, so that batches do overlap. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
