import type { MultiOp, ZooKeeperClient } from '../../../zookeeper/index.ts';
import { integerFrom, oneOf } from '../../../testing/seeded-random.ts';
import { put, putMany } from '../znodes.ts';

/** Znodes that nobody touches: their loss is what must never happen. */
export const STABLE = { name: 'stable', count: 150, data: 'stays'.repeat(20) } as const;

const BULK_COUNT = 300;
const FOLDERS = 5;
const LEAVES = 30;
/** Under way at once: enough that a pass of the mirror never finds the source at rest. */
const HANDS = 4;

/** Makes a tree with all that the mutator works on. */
export async function plant(source: ZooKeeperClient, root: string): Promise<void> {
  await putMany(source, `${root}/${STABLE.name}`, STABLE);
  await putMany(source, `${root}/bulk`, { count: BULK_COUNT, data: 'planted' });
  for (let index = 0; index < FOLDERS; index += 1) await put(source, { [`${root}/f${index}`]: '' });
}

/** Changes a part of the bulk in one transaction, so that every run has something to write. */
export async function churn(
  source: ZooKeeperClient,
  root: string,
  random: () => number,
): Promise<void> {
  const share = random();
  const ops: MultiOp[] = [];
  for (let index = 0; index < BULK_COUNT; index += 1) {
    if (random() > share) continue;
    const path = `${root}/bulk/n${index}`;
    const data = Buffer.from(`churned ${random()}`.repeat(integerFrom(random, 1, 20)));
    ops.push({ type: 'delete', path }, { type: 'create', path, data });
    if (random() < 0.5) ops.splice(-2, 2, { type: 'setData', path, data });
  }
  if (ops.length > 0) await source.multi(ops);
}

/** Creates, changes and deletes znodes of the source, without a pause, until it is told to rest. */
export class Mutator {
  readonly #source: ZooKeeperClient;
  readonly #root: string;
  readonly #random: () => number;
  readonly #running: Promise<unknown>;
  #rests = false;
  /** Changes so far, those that were refused included. */
  made = 0;

  constructor(source: ZooKeeperClient, root: string, random: () => number) {
    this.#source = source;
    this.#root = root;
    this.#random = random;
    this.#running = Promise.all(Array.from({ length: HANDS }, () => this.#run()));
  }

  async rest(): Promise<void> {
    this.#rests = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#rests) {
      // Refused, or lost with a connection: both are part of it.
      await this.#change().catch(() => undefined);
      this.made += 1;
    }
  }

  async #change(): Promise<unknown> {
    const random = this.#random;
    const folder = `${this.#root}/f${integerFrom(random, 0, FOLDERS - 1)}`;
    const path = `${folder}/n${integerFrom(random, 0, LEAVES - 1)}`;
    const data = oneOf(random, [null, Buffer.alloc(0), Buffer.from(`value ${random()}`)]);
    const what = random();
    if (what < 0.3) return this.#source.create(path, data);
    if (what < 0.6) return this.#source.setData(path, data);
    if (what < 0.85) return this.#source.delete(path);
    if (what < 0.95) return this.#source.create(path, data, { mode: 'ephemeral' });
    return this.#replaceFolder(folder);
  }

  /** A folder goes with all that is in it, and comes back at once or not at all for now. */
  async #replaceFolder(folder: string): Promise<void> {
    const { children } = await this.#source.getChildren(folder).catch(() => ({ children: null }));
    if (children === null) {
      await this.#source.create(folder, null);
      return;
    }
    const deletes = children.map((name): MultiOp => ({
      type: 'delete',
      path: `${folder}/${name}`,
    }));
    const again: MultiOp[] = [{ type: 'create', path: folder, data: Buffer.from('again') }];
    const ops: MultiOp[] = [...deletes, { type: 'delete', path: folder }];
    await this.#source.multi(this.#random() < 0.5 ? ops : [...ops, ...again]);
  }
}
