import type { Logger } from '../../../common/logger.ts';
import type { AclCarrier } from '../acls/acl-carrier.ts';
import type { ReadSides } from '../acls/acl-look.ts';
import type { DifferenceLog } from '../compare/difference-log.ts';
import type { Counter } from './counter.ts';
import type { MirrorRecord } from '../mirror-record.ts';
import { inChunks } from '../../../common/in-chunks.ts';
import {
  batchWeight,
  type ReadZnode,
  type TreeReader,
  type TreeReadResult,
  type TreeSink,
  type TreeWrite,
  type WriteOutcome,
} from '../../tree/tree.ts';
import { readAll } from '../../tree/read-all.ts';

export interface CounterContext {
  readonly counter: Counter;
  readonly source: TreeReader;
  readonly sink: TreeSink;
  readonly acls: AclCarrier | null;
  readonly record: MirrorRecord;
  readonly logger: Logger;
  /** Aborting it stops between two transactions. */
  readonly signal: AbortSignal;
  /** How far the number of one znode may be raised in a run. */
  readonly maxRaise: number;
  readonly openLog: () => DifferenceLog;
}

/** A znode whose number is too low at the destination. */
interface Behind {
  readonly path: string;
  readonly missing: number;
  readonly source: ReadZnode;
}

/** Znodes that are read at once. */
const CHUNK = 256;
/** Znodes that are raised at once: most need one transaction, that is, one round trip. */
const ZNODES_AT_ONCE = 16;
/** Transactions of one znode that are on their way at once; each may be as large as a batch. */
const STEPS_IN_FLIGHT = 4;
/** A znode is looked at again after a connection was lost, and after it was opened. */
const MAX_TURNS = 5;

/**
 * Raises numbers of znodes that no client can set to those of the source, so that what clients
 * conclude from them stays true after a failover.
 */
export class CounterRaiser {
  readonly #context: CounterContext;
  #log: DifferenceLog;

  constructor(context: CounterContext) {
    this.#context = context;
    this.#log = context.openLog();
  }

  /** Frees memory and disk. Idempotent. */
  close(): void {
    this.#log.close();
  }

  /**
   * Looks at a znode that is, or will be, on both sides.
   *
   * @param isSeenAgain true if verifying will look at it once more; then one that is created is only
   *   noted where it is sure to be too low, for to note means to read it on both sides
   */
  look(path: string, { source, destination }: ReadSides, isSeenAgain: boolean): void {
    if (source.kind !== 'znode' || source.ephemeral) return;
    const { counter, record } = this.#context;
    if (counter.of(source) <= this.#atLeast(source, destination, isSeenAgain)) return;
    if (!counter.applies(path)) return;
    // What was raised as far as it may be is not raised again when it is verified.
    if (!record.shortfall(counter.what).has(path)) this.#log.append('update', path);
  }

  #atLeast(source: ReadZnode, destination: TreeReadResult, isSeenAgain: boolean): number {
    const { counter } = this.#context;
    if (destination.kind === 'znode') return counter.of(destination);
    return isSeenAgain ? counter.onceCreated(source) : 0;
  }

  /** Raises what is still too low, once everything else is created and deleted. */
  async raise(): Promise<void> {
    const { openLog, signal } = this.#context;
    const log = this.#log;
    this.#log = openLog();
    try {
      const paths = log.forward();
      await inChunks(paths, { size: CHUNK, inFlight: 1, signal }, async (chunk) => {
        await this.#raiseAll(chunk.map(({ path }) => path));
      });
    } finally {
      log.close();
    }
  }

  async #raiseAll(paths: readonly string[]): Promise<void> {
    const { signal } = this.#context;
    const read = await this.#read(paths);
    const behind = read.map((each) => each.behind).filter((each) => each !== null);
    await inChunks(behind, { size: 1, inFlight: ZNODES_AT_ONCE, signal }, async ([each]) => {
      if (each !== undefined) await this.#raiseOne(each);
    });
  }

  /** What is too low, or null, and what the destination has. */
  async #read(
    paths: readonly string[],
  ): Promise<{ readonly behind: Behind | null; readonly there: TreeReadResult | undefined }[]> {
    const { counter, source, sink } = this.#context;
    const batch = paths.map((path) => ({ kind: 'znode', path }) as const);
    const [from, to] = await Promise.all([readAll(source, batch), readAll(sink, batch)]);
    return paths.map((path, index) => {
      const [wanted, there] = [from[index], to[index]];
      const isOnBoth = wanted?.kind === 'znode' && there?.kind === 'znode' && !there.ephemeral;
      const missing = isOnBoth ? counter.of(wanted) - counter.of(there) : 0;
      const behind = isOnBoth && missing > 0 ? { path, missing, source: wanted } : null;
      return { behind, there };
    });
  }

  async #raiseOne(behind: Behind): Promise<void> {
    const { counter, record, logger } = this.#context;
    const { path } = behind;
    const missing = await this.#raiseInTurns(behind);
    if (missing === 0) {
      record.raised(counter.what);
    } else if (record.refusalOf(path) === null) {
      logger.warn('not raised to that of the source', { what: counter.what, path, missing });
      record.leaveLow(counter.what, path, missing);
    }
  }

  /** @returns how far it is behind even then */
  async #raiseInTurns(first: Behind): Promise<number> {
    let left = first;
    let allowed = this.#context.maxRaise;
    for (let turn = 1; turn <= MAX_TURNS && left.missing > 0 && allowed > 0; turn += 1) {
      if (await this.#raiseBy(left, Math.min(left.missing, allowed))) break;
      const now = await this.#readBack(left);
      // What the source counted on meanwhile is raised in its turn, too.
      allowed -= Math.max(0, left.missing - now.missing);
      left = now;
    }
    return left.missing;
  }

  /** How far it is behind now. What does not hold is left for verifying. */
  async #readBack(raised: Behind): Promise<Behind> {
    const { counter, record } = this.#context;
    const { path, source } = raised;
    const [now] = await this.#read([path]);
    if (now?.there?.kind === 'znode' && !counter.holds(source, now.there)) record.leaveBehind(path);
    return now?.behind ?? { ...raised, missing: 0 };
  }

  /** @returns true if the destination refuses it for good */
  async #raiseBy({ path, source }: Behind, by: number): Promise<boolean> {
    const { counter, signal } = this.#context;
    const { each, last } = counter.raise(path, source);
    const most = this.#mostAtOnce(each, last);
    for (let left = by; left > 0;) {
      signal.throwIfAborted();
      const steps: number[] = [];
      for (; left > 0 && steps.length < STEPS_IN_FLIGHT; left -= steps.at(-1) ?? 0) {
        steps.push(Math.min(left, most));
      }
      const outcomes = await Promise.all(steps.map((times) => this.#write(each, last, times)));
      const refused = outcomes.find(isRefused);
      if (refused?.refusal === 'TooLarge' && (await this.#writeLarge(last))) return false;
      if (refused !== undefined) return !(await this.#settleRefused(path, refused));
      // Done or not: the number itself will tell.
      if (outcomes.some((outcome) => outcome.kind === 'unknown')) return false;
    }
    return false;
  }

  #write(
    each: readonly TreeWrite[],
    last: readonly TreeWrite[],
    times: number,
  ): Promise<WriteOutcome> {
    const before = Array.from({ length: times - 1 }, () => each).flat();
    return this.#context.sink.write([...before, ...last]);
  }

  /** Raises by one what does not fit beside the fence, or is more than is known to be taken. */
  async #writeLarge([write, ...more]: readonly TreeWrite[]): Promise<boolean> {
    if (write?.kind !== 'update' || more.length > 0) return false;
    const { kind } = await this.#context.sink.writeLarge(write, false);
    return kind !== 'refused';
  }

  #mostAtOnce(each: readonly TreeWrite[], last: readonly TreeWrite[]): number {
    const { maxBatchBytes, maxBatchWrites } = this.#context.sink;
    const byCount = (maxBatchWrites - last.length) / each.length;
    const byBytes = (maxBatchBytes - batchWeight(last)) / batchWeight(each);
    return 1 + Math.max(0, Math.floor(Math.min(byCount, byBytes)));
  }

  /** @returns true if it is worth another try */
  async #settleRefused(
    path: string,
    { refusal, code }: { readonly refusal: string; readonly code: string },
  ): Promise<boolean> {
    if (refusal === 'Missing') return true;
    const { acls, counter, record, logger } = this.#context;
    if (refusal === 'Forbidden' && (await acls?.open(path)) === true) return true;
    logger.warn('destination refused to raise', { what: counter.what, path, code });
    record.refuseToRaise(counter.what, path, code);
    return false;
  }
}

function isRefused(outcome: WriteOutcome): outcome is Extract<WriteOutcome, { kind: 'refused' }> {
  return outcome.kind === 'refused';
}
