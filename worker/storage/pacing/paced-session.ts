import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import type { AclEntry } from '../../tree/acl-set.ts';
import type { TreeRead, TreeReadResult } from '../../tree/tree.ts';
import type {
  DataWrite,
  Session,
  SessionAcls,
  SessionTicket,
  StepsReply,
  WriteStep,
  ZnodeStat,
} from '../session.ts';
import type { SideName } from '../side.ts';
import { joinParts } from '../join-parts.ts';
import { costOfSteps } from './cost-of-steps.ts';
import { LatencyWatch } from './latency-watch.ts';
import { PaceGate, type Cost } from './pace-gate.ts';
import { batchWithin, isUnlimited, type RateLimits } from './rate-limits.ts';

export interface PacingOptions {
  readonly side: SideName;
  readonly limits: RateLimits;
  /** A path by which to ask how fast the servers answer; nothing need stand there. */
  readonly probePath: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From when it aborts, nothing waits any more. */
  readonly signal: AbortSignal;
}

const ONE_READ: Cost = { kind: 'read', count: 1 };
const ONLY_ORDER: Cost = { kind: 'order' };

/** The session, held to the limits; the very same one where there are none. */
export function paced(session: Session, options: PacingOptions): Session {
  return isUnlimited(options.limits) ? session : new PacedSession(session, options);
}

/**
 * A session that takes its time: calls wait where the limits say so, in their order, as the
 * contract of {@link Session} has it, and the limits shrink while the servers answer slowly.
 */
class PacedSession implements Session {
  readonly acls: SessionAcls | null;
  readonly #session: Session;
  readonly #gate: PaceGate;
  readonly #watch: LatencyWatch;
  readonly #maxReads: number;
  #inFlight = 0;

  constructor(session: Session, options: PacingOptions) {
    this.#session = session;
    this.#gate = new PaceGate(options);
    this.#watch = new LatencyWatch({
      ...options,
      ask: () => session.exists(options.probePath),
      onFactor: (factor) => {
        this.#gate.setFactor(factor);
      },
    });
    this.#maxReads = batchWithin(options.limits.readsPerSecond, Infinity);
    this.acls = session.acls === null ? null : this.#pacedAcls(session.acls);
  }

  get hasTransactions(): boolean {
    return this.#session.hasTransactions;
  }

  get hasMultiRead(): boolean {
    return this.#session.hasMultiRead;
  }

  get isKeeper(): boolean {
    return this.#session.isKeeper;
  }

  get server(): string | null {
    return this.#session.server;
  }

  get authSchemes(): readonly string[] {
    return this.#session.authSchemes;
  }

  get timeoutMs(): number {
    return this.#session.timeoutMs;
  }

  get ticket(): SessionTicket {
    return this.#session.ticket;
  }

  sync(path: string): Promise<bigint | null> {
    return this.#pass(ONLY_ORDER, () => this.#session.sync(path));
  }

  countBelow(path: string): Promise<number | null> {
    return this.#pass(ONE_READ, () => this.#session.countBelow(path));
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    if (batch.length <= this.#maxReads) return await this.#readPart(batch);
    const parts: Promise<readonly TreeReadResult[]>[] = [];
    for (let start = 0; start < batch.length; start += this.#maxReads) {
      parts.push(this.#readPart(batch.slice(start, start + this.#maxReads)));
    }
    return joinParts(await Promise.all(parts), this.#maxReads);
  }

  write(steps: readonly WriteStep[]): Promise<StepsReply> {
    return this.#pass(costOfSteps(steps), () => this.#session.write(steps));
  }

  writeAlone(step: DataWrite): Promise<StepsReply> {
    return this.#pass(costOfSteps([step]), () => this.#session.writeAlone(step));
  }

  requestBytes(steps: readonly WriteStep[]): number {
    return this.#session.requestBytes(steps);
  }

  requestBytesAlone(step: DataWrite): number {
    return this.#session.requestBytesAlone(step);
  }

  exists(path: string): Promise<ZnodeStat | null> {
    return this.#pass(ONE_READ, () => this.#session.exists(path));
  }

  async getData(path: string): Promise<{ data: Buffer | null; stat: ZnodeStat }> {
    const answer = await this.#pass(ONE_READ, () => this.#session.getData(path));
    this.#gate.charge(answer.data?.length ?? 0);
    return answer;
  }

  async getChildren(path: string): Promise<readonly string[]> {
    const names = await this.#pass(ONE_READ, () => this.#session.getChildren(path));
    this.#gate.charge(bytesOfNames(names));
    return names;
  }

  create(
    path: string,
    data: Buffer,
    mode: 'persistent' | 'ephemeral',
    acl?: readonly AclEntry[],
  ): Promise<void> {
    return this.#pass({ kind: 'write', count: 1, bytes: data.length }, () =>
      this.#session.create(path, data, mode, acl),
    );
  }

  delete(path: string): Promise<void> {
    return this.#pass({ kind: 'write', count: 1, bytes: 0 }, () => this.#session.delete(path));
  }

  async close(): Promise<void> {
    this.#gate.open();
    await this.#session.close();
  }

  async detach(): Promise<void> {
    this.#gate.open();
    await this.#session.detach();
  }

  #pacedAcls(acls: SessionAcls): SessionAcls {
    return {
      get: (path) => this.#pass(ONE_READ, () => acls.get(path)),
      set: (path, acl, aversion) =>
        this.#pass({ kind: 'write', count: 1, bytes: 0 }, () => acls.set(path, acl, aversion)),
    };
  }

  async #readPart(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    const cost: Cost = { kind: 'read', count: batch.length };
    const results = await this.#pass(cost, () => this.#session.read(batch));
    this.#gate.charge(bytesOfResults(results));
    return results;
  }

  #pass<T>(cost: Cost, call: () => Promise<T>): Promise<T> {
    return this.#gate.pass(cost, async () => {
      // Before the call, so that it is not measured how long that one takes.
      this.#watch.look(this.#inFlight > 0);
      this.#inFlight += 1;
      try {
        return await call();
      } finally {
        this.#inFlight -= 1;
      }
    });
  }
}

function bytesOfResults(results: readonly TreeReadResult[]): number {
  let bytes = 0;
  for (const result of results) {
    if (result.kind === 'znode') bytes += result.data?.length ?? 0;
    else if (result.kind === 'children') bytes += bytesOfNames(result.names);
  }
  return bytes;
}

/** Few names are not ASCII, and counting their bytes would cost more than it tells. */
function bytesOfNames(names: readonly string[]): number {
  let bytes = 0;
  for (const name of names) bytes += name.length;
  return bytes;
}
