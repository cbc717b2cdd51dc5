import type { Logger } from '../../common/logger.ts';
import type { AclCarrier } from './acl-carrier.ts';
import type { DifferenceLog } from './difference-log.ts';
import type { MirrorRecord } from './mirror-record.ts';
import { childPath } from './paths.ts';
import { writeWeight } from './tree.ts';
import type { TreeReader, TreeReadResult, TreeSink, TreeWrite, WriteOutcome } from './tree.ts';

export interface CounterContext {
  readonly source: TreeReader;
  readonly sink: TreeSink;
  readonly acls: AclCarrier | null;
  readonly record: MirrorRecord;
  readonly logger: Logger;
  /** Aborting it stops between two transactions. */
  readonly signal: AbortSignal;
  /** How far one counter may be raised in a run. */
  readonly maxCounterRaise: number;
  readonly openLog: () => DifferenceLog;
}

/** Nobody ever sees it: each transaction that creates it deletes it again. */
const CHILD = '.resiliency-operator-counter';
/** Parents whose counters are read at once. */
const CHUNK = 256;
/** Parents whose counters are raised at once: most need one transaction, that is, one round trip. */
const PARENTS_AT_ONCE = 16;
/** Transactions of one parent that are on their way at once; each may be as large as a batch. */
const STEPS_IN_FLIGHT = 4;
/** A counter is looked at again after a connection was lost, and after a parent was opened. */
const MAX_TURNS = 5;

/**
 * Raises the counters of sequential znodes to those of the source, so that no number is given out
 * twice after a failover. No server lets a client set one: only creating children moves it, and
 * deleting them does not move it back.
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

  /** Looks at a znode that is, or will be, on both sides. */
  look(path: string, source: TreeReadResult, destination: TreeReadResult): void {
    if (source.kind !== 'znode' || source.ephemeral) return;
    const there = destination.kind === 'znode' ? destination.creations : 0;
    // What was raised as far as it may be is not raised again when it is verified.
    if (source.creations <= there || this.#context.record.countersLeft.has(path)) return;
    this.#log.append('update', path);
  }

  /** Raises what is still too low, once everything else is created and deleted. */
  async raise(): Promise<void> {
    const log = this.#log;
    this.#log = this.#context.openLog();
    try {
      let chunk: string[] = [];
      for (const { path } of log.forward()) {
        chunk.push(path);
        if (chunk.length === CHUNK) {
          await this.#raiseAll(chunk);
          chunk = [];
        }
      }
      await this.#raiseAll(chunk);
    } finally {
      log.close();
    }
  }

  async #raiseAll(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    this.#context.signal.throwIfAborted();
    const missing = await this.#missing(paths);
    const behind = paths
      .map((path, index) => ({ path, missing: missing[index] ?? 0 }))
      .filter((parent) => parent.missing > 0)
      .values();
    const lanes = Array.from({ length: PARENTS_AT_ONCE }, async () => {
      for (const parent of behind) await this.#raiseOne(parent.path, parent.missing);
    });
    // None still writes once this has failed.
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
  }

  /** How far the counters at the destination are behind; 0 where there is nothing to raise. */
  async #missing(paths: readonly string[]): Promise<number[]> {
    const { source, sink } = this.#context;
    const batch = paths.map((path) => ({ kind: 'znode', path }) as const);
    const [from, to] = await Promise.all([source.read(batch), sink.read(batch)]);
    return paths.map((_, index) => {
      const [wanted, there] = [from[index], to[index]];
      if (wanted?.kind !== 'znode' || there?.kind !== 'znode' || there.ephemeral) return 0;
      return Math.max(0, wanted.creations - there.creations);
    });
  }

  async #raiseOne(path: string, missing: number): Promise<void> {
    const { record, maxCounterRaise } = this.#context;
    if (record.refusalOf(path) !== null) return;
    const left = await this.#raiseInTurns(path, missing, maxCounterRaise);
    if (left === 0) record.countersRaised += 1;
    else this.#notRaised(path, left);
  }

  /** @returns how far it is behind even then */
  async #raiseInTurns(path: string, missing: number, most: number): Promise<number> {
    let left = missing;
    let allowed = most;
    for (let turn = 1; turn <= MAX_TURNS && left > 0 && allowed > 0; turn += 1) {
      if (await this.#raiseBy(path, Math.min(left, allowed))) break;
      const [still = 0] = await this.#missing([path]);
      // What the source counted on meanwhile is raised in its turn, too.
      allowed -= Math.max(0, left - still);
      left = still;
    }
    return left;
  }

  #notRaised(path: string, missing: number): void {
    if (this.#context.record.refusalOf(path) !== null) return;
    this.#context.logger.warn('counter not raised to that of the source', { path, missing });
    this.#context.record.leaveCounter(path, missing);
  }

  /** @returns true if the destination refuses it for good */
  async #raiseBy(path: string, by: number): Promise<boolean> {
    const { signal } = this.#context;
    const pair = pairOf(path);
    const most = this.#mostPairs(pair);
    for (let left = by; left > 0;) {
      signal.throwIfAborted();
      const steps: number[] = [];
      for (; left > 0 && steps.length < STEPS_IN_FLIGHT; left -= steps.at(-1) ?? 0) {
        steps.push(Math.min(left, most));
      }
      const outcomes = await Promise.all(steps.map((step) => this.#write(pair, step)));
      const refused = outcomes.find((outcome) => outcome.kind === 'refused');
      if (refused?.kind === 'refused') return !(await this.#settleRefused(path, refused));
      // Done or not: the counter itself will tell.
      if (outcomes.some((outcome) => outcome.kind === 'unknown')) return false;
    }
    return false;
  }

  #write(pair: readonly TreeWrite[], times: number): Promise<WriteOutcome> {
    return this.#context.sink.write(Array.from({ length: times }, () => pair).flat());
  }

  #mostPairs(pair: readonly TreeWrite[]): number {
    const { maxBatchBytes, maxBatchWrites } = this.#context.sink;
    const pairBytes = pair.reduce((bytes, write) => bytes + writeWeight(write), 0);
    return Math.max(1, Math.floor(Math.min(maxBatchWrites / 2, maxBatchBytes / pairBytes)));
  }

  /** @returns true if it is worth another try */
  async #settleRefused(
    path: string,
    { refusal, code }: { readonly refusal: string; readonly code: string },
  ): Promise<boolean> {
    if (refusal === 'Missing') return true;
    const { acls, record, logger } = this.#context;
    if (refusal === 'Forbidden' && (await acls?.open(path)) === true) return true;
    logger.warn('destination refused to raise a counter', { path, code });
    record.refuse(refusal === 'Forbidden' ? 'NoPermission' : 'ServerRefused', path);
    return false;
  }
}

function pairOf(parent: string): readonly TreeWrite[] {
  const path = childPath(parent, CHILD);
  return [
    { kind: 'create', path, data: null },
    { kind: 'delete', path },
  ];
}
