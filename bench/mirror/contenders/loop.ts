import type { MultiOp, ReadOp, ReadResult, ZooKeeperClient } from '../../../zookeeper/index.ts';

/** Batches and windows as the worker has them, but it knows beforehand how large a znode is. */
const MAX_READS = 256;
const READ_BYTES = 512 * 1024;
const READS_IN_FLIGHT = 4;
const MAX_WRITES = 500;
const WRITE_BYTES = 512 * 1024;
const WRITES_IN_FLIGHT = 8;

export interface LoopOptions {
  readonly root: string;
  readonly dataBytes: number;
}

/** What the loops ask of a client. */
export type Reads = Pick<ZooKeeperClient, 'multiRead'>;
export type Writes = Pick<ZooKeeperClient, 'multi'>;

type Visit = (path: string, data: Buffer | null) => Promise<unknown> | undefined;

/**
 * The cheapest way to read a whole tree: multiRead after multiRead, nothing compared, nothing
 * checked but that every read was answered. `visit` may make it wait.
 */
export async function walkLoop(
  client: Reads,
  { root, dataBytes }: LoopOptions,
  visit?: Visit,
): Promise<void> {
  const size = Math.max(1, Math.min(MAX_READS, Math.floor(READ_BYTES / dataBytes)));
  const waiting: ReadOp[] = [{ type: 'getData', path: root }];
  const running = new Set<Promise<void>>();
  const read = async (ops: readonly ReadOp[]): Promise<void> => {
    const { results } = await client.multiRead(ops);
    for (let index = 0; index < ops.length; index += 1) {
      const path = ops[index]?.path ?? '';
      const full = follow(path, results[index], { waiting, visit });
      if (full) await full;
    }
  };
  do {
    while (
      running.size < READS_IN_FLIGHT &&
      waiting.length > 0 &&
      (waiting.length >= size || running.size < 2)
    ) {
      const batch = read(waiting.splice(-size)).finally(() => running.delete(batch));
      running.add(batch);
    }
    await Promise.race(running);
  } while (running.size > 0 || waiting.length > 0);
}

/** Queues what comes after an answer. */
function follow(
  path: string,
  result: ReadResult | undefined,
  { waiting, visit }: { waiting: ReadOp[]; visit: Visit | undefined },
): Promise<unknown> | undefined {
  switch (result?.type) {
    case 'getData':
      if (result.stat.numChildren > 0) waiting.push({ type: 'getChildren', path });
      return visit?.(path, result.data);
    case 'getChildren':
      for (const name of result.children)
        waiting.push({ type: 'getData', path: `${path}/${name}` });
      return undefined;
    default:
      throw new Error(`${path} was not read`);
  }
}

/** The cheapest way to copy a tree to where nothing is. */
export async function copyLoop(
  source: Reads,
  destination: Writes,
  options: LoopOptions,
): Promise<void> {
  const size = Math.max(
    1,
    Math.min(MAX_WRITES, Math.floor(WRITE_BYTES / (options.dataBytes + 64))),
  );
  const inFlight: Promise<unknown>[] = [];
  let batch: MultiOp[] = [];
  const send = (): Promise<unknown> | undefined => {
    inFlight.push(destination.multi(batch));
    batch = [];
    return inFlight.length >= WRITES_IN_FLIGHT ? inFlight.shift() : undefined;
  };
  await walkLoop(source, options, (path, data) => {
    batch.push({ type: 'create', path, data });
    return batch.length >= size ? send() : undefined;
  });
  if (batch.length > 0) void send();
  await Promise.all(inFlight);
}
