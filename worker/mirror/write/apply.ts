import type { PlannedWrite } from '../acls/acl-carrier.ts';
import { BatchSizer } from '../compare/batch-sizer.ts';
import { BatchWriter } from './batch-writer.ts';
import { chunks } from '../../../common/chunks.ts';
import type { Difference } from '../compare/difference-log.ts';
import { MISSING, sameData, type TreeReadResult, type TreeWrite } from '../../tree/tree.ts';
import { writeOf } from './write-of.ts';
import type { WriteContext } from './write-context.ts';

/** Source reads that are on their way while earlier ones are being written. */
const READS_AHEAD = 4;

/**
 * Brings creates and updates to the destination with the values the source has now, in the order
 * given. A znode that the source has no more is left as it is, and on record as left behind.
 */
export async function applyWrites(
  differences: Iterable<Difference>,
  options: WriteContext,
): Promise<void> {
  const writer = new BatchWriter(options);
  for await (const chunk of readAhead(differences, options)) {
    options.signal.throwIfAborted();
    for (const write of chunk) {
      writer.add(write);
      const full = writer.ready();
      if (full) await full;
    }
  }
  await writer.finish();
}

/** Deletes znodes of the destination, in the order given: children before parents. */
export async function applyDeletes(paths: Iterable<string>, options: WriteContext): Promise<void> {
  const writer = new BatchWriter(options);
  for (const path of paths) {
    options.signal.throwIfAborted();
    writer.add({ kind: 'delete', path });
    const full = writer.ready();
    if (full) await full;
  }
  await writer.finish();
}

/**
 * What has to wait until everything is created and deleted: counters and versions are
 * raised, for which some znodes may have to be open, then access control lists are set. Lists that
 * could not be are left behind.
 */
export async function settle({ acls, counters, record }: WriteContext): Promise<void> {
  for (const counter of counters) await counter.raise();
  if (acls === null) return;
  await acls.settle();
  for (const { path } of acls.differences()) record.leaveBehind(path);
}

/**
 * Applies differences chunk by chunk and reads every chunk back before the next one: the way to be
 * sure of a copy although its source keeps changing, because what was written is compared with
 * itself and not with what the source has become. What did not hold is on record as left behind.
 */
export async function applyReadingBack(
  differences: Iterable<Difference>,
  options: WriteContext,
): Promise<void> {
  for await (const chunk of readAhead(differences, options)) {
    options.signal.throwIfAborted();
    const writer = new BatchWriter(options);
    for (const write of chunk) writer.add(write);
    await writer.finish();
    await readBack(chunk, options);
  }
}

/** As {@link applyReadingBack}, for deletes. */
export async function deleteReadingBack(
  paths: Iterable<string>,
  options: WriteContext,
): Promise<void> {
  for (const chunk of chunks(paths, () => options.limits.maxOps)) {
    const writes = chunk.map((path): TreeWrite => ({ kind: 'delete', path }));
    await applyDeletes(chunk, options);
    await readBack(writes, options);
  }
}

async function readBack(
  writes: readonly TreeWrite[],
  { sink, record, acls }: WriteContext,
): Promise<void> {
  const expected = writes.filter(({ path }) => record.refusalOf(path) === null);
  if (expected.length === 0) return;
  await acls?.readBack();
  for (let left = expected; left.length > 0;) {
    const results = await sink.read(left.map(({ path }) => ({ kind: 'znode', path })));
    for (const [index, destination] of results.entries()) {
      const write = left[index];
      if (write === undefined) break;
      const { kind, path } = write;
      if (!holds(destination, write)) record.leaveBehind(path);
      else if (kind === 'create')
        acls?.createdLook.look(path, kind, { source: MISSING, destination });
    }
    left = left.slice(results.length);
  }
}

function holds(result: TreeReadResult, write: TreeWrite): boolean {
  if (write.kind === 'delete') return result.kind === 'missing';
  return result.kind === 'znode' && sameData(result.data, write.data);
}

/** The writes for a list of differences, with several reads of the source under way. */
async function* readAhead(
  differences: Iterable<Difference>,
  context: WriteContext,
): AsyncIterable<TreeWrite[]> {
  const sizer = new BatchSizer(context.limits);
  const pending: Promise<ReadPart>[] = [];
  for (const chunk of chunks(differences, () => sizer.ops)) {
    const reading = readPart(chunk, context, sizer);
    reading.catch(() => undefined);
    pending.push(reading);
    if (pending.length > READS_AHEAD) yield* readToEnd(pending.shift(), context, sizer);
  }
  while (pending.length > 0) yield* readToEnd(pending.shift(), context, sizer);
}

/** What comes of the first of a chunk, and what is still to be read of it. */
interface ReadPart {
  readonly writes: TreeWrite[];
  readonly left: readonly Difference[];
}

async function* readToEnd(
  reading: Promise<ReadPart> | undefined,
  context: WriteContext,
  sizer: BatchSizer,
): AsyncIterable<TreeWrite[]> {
  let part = await reading;
  if (part !== undefined) yield part.writes;
  while (part !== undefined && part.left.length > 0) {
    part = await readPart(part.left, context, sizer);
    yield part.writes;
  }
}

async function readPart(
  chunk: readonly Difference[],
  context: WriteContext,
  sizer: BatchSizer,
): Promise<ReadPart> {
  const { source, record } = context;
  const results = await source.read(chunk.map(({ path }) => ({ kind: 'znode', path })));
  const answered = chunk.slice(0, results.length);
  const writes: PlannedWrite[] = [];
  let bytes = 0;
  let largestBytes = 0;
  answered.forEach(({ kind, path }, index) => {
    if (record.refusalOf(path) !== null) return;
    const result = results[index];
    const isWrite = kind === 'create' || kind === 'update';
    if (result?.kind === 'znode' && !result.ephemeral && isWrite) {
      writes.push({ kind, path, znode: result });
      const size = result.data?.length ?? 0;
      bytes += size;
      largestBytes = Math.max(largestBytes, size);
    } else {
      record.sawSourceChange();
      // Nothing was created, so nothing is wrong; but an old value must not stay unnoticed.
      if (kind === 'update') record.leaveBehind(path);
    }
  });
  sizer.observe({ ops: answered.length, bytes, largestBytes });
  return { writes: await planned(writes, context), left: chunk.slice(answered.length) };
}

async function planned(
  writes: readonly PlannedWrite[],
  { acls, nodeTypes }: WriteContext,
): Promise<TreeWrite[]> {
  if (acls !== null) return await acls.prepare(writes);
  return writes.map(({ kind, path, znode }) =>
    writeOf({ kind, path, data: znode.data }, nodeTypes),
  );
}
