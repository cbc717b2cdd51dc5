import { delay, type Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import { equalJson } from '../kube/json-fields.ts';
import type { LeaseRecord, LeaseStore, StoredLease } from '../kube/lease-store.ts';
import { createAbortController, joinSignals } from './signals.ts';

export interface LeaderElectorOptions {
  readonly store: LeaseStore;
  /**
   * Who we are: the pod's name. A container that restarts in its pod has the same name and
   * resumes at once, since its predecessor is certainly dead.
   */
  readonly identity: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings?: Partial<LeaseTimings>;
  /** Told when leadership is won (true) and given up or lost (false). */
  readonly onChange?: (isLeader: boolean) => void;
  /** 0..1, for jitter. Default Math.random. */
  readonly random?: () => number;
}

export interface LeaseTimings {
  /** How long others wait after our last sign of life. Whole seconds. */
  readonly leaseDurationMs: number;
  /** Without a renewal for this long we stop: well before the others begin. */
  readonly renewDeadlineMs: number;
  /** Pause between two attempts. */
  readonly retryPeriodMs: number;
}

/** Longer than controller-runtime's 15/10/2 s, which restart whenever the API server pauses. */
const DEFAULT_TIMINGS: LeaseTimings = {
  leaseDurationMs: 30_000,
  renewDeadlineMs: 20_000,
  retryPeriodMs: 5_000,
};

/**
 * A call may take this part of the renew deadline: with its pause before, two attempts fit, so one
 * that hangs does not cost the lease.
 */
const CALLS_PER_DEADLINE = 4;

/** How long giving the lease back may take: the next leader gains less than this by it. */
const RELEASE_TIMEOUT_MS = 3_000;

/**
 * Leads while it holds a Lease (coordination.k8s.io/v1), in the manner of client-go: others are
 * judged by when we saw their record change, by our own monotonic clock, so clocks that differ do
 * no harm; each write only succeeds on the record read before.
 *
 * Losing the lease ends the work, not the process.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #timings: LeaseTimings;
  readonly #clock: Clock;
  /** The Lease as last read or written, and when we first saw it like that. */
  #observed: { readonly lease: StoredLease; readonly sinceMs: number } | undefined;
  /** What was observed is certainly not what is there: read before the next write. */
  #stale = false;
  #isLeader = false;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.#clock = options.clock;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /**
   * Calls `lead` for each term of leadership, one after the other, until `shutdown` aborts. The
   * signal given to `lead` aborts when the lease is lost; on shutdown `lead` must end by itself,
   * and the lease is held until it has, then released.
   */
  async run(shutdown: AbortSignal, lead: (lost: AbortSignal) => Promise<void>): Promise<void> {
    while (await this.#acquire(shutdown)) {
      await this.#leadOneTerm(shutdown, lead);
    }
  }

  /** Tries until the lease is ours; false if `shutdown` came first. */
  async #acquire(shutdown: AbortSignal): Promise<boolean> {
    const { logger, identity, random = Math.random } = this.#options;
    while (!shutdown.aborted) {
      const timeoutMs = this.#timings.renewDeadlineMs / CALLS_PER_DEADLINE;
      const outcome = await this.#try(timeoutMs, shutdown);
      if (outcome === 'held') {
        logger.info('leadership acquired', { identity });
        return true;
      }
      // Apart from each other, so that waiting pods do not ask in step.
      const pauseMs = this.#timings.retryPeriodMs * (1 + random() * 0.2);
      await delay(this.#clock, pauseMs, shutdown).catch(() => undefined);
    }
    return false;
  }

  async #leadOneTerm(
    shutdown: AbortSignal,
    lead: (lost: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { logger, onChange } = this.#options;
    const term = createAbortController();
    const finished = createAbortController();
    this.#isLeader = true;
    onChange?.(true);
    const renewing = this.#renew(finished.signal).then((outcome) => {
      if (outcome !== 'lost') return;
      this.#isLeader = false;
      onChange?.(false);
      logger.warn('leadership lost; the work stops', { identity: this.#options.identity });
      term.abort(new Error('the lease was lost'));
    });
    try {
      await lead(term.signal);
    } catch (error) {
      logger.error('the work of a leader ended by an error', { error });
    }
    finished.abort();
    await renewing;
    if (this.#isLeader) await this.#release();
    // Work that ended by itself begins again, but not in a loop.
    if (!shutdown.aborted && !term.signal.aborted) {
      const pauseMs = this.#timings.retryPeriodMs;
      await delay(this.#clock, pauseMs, shutdown).catch(() => undefined);
    }
  }

  /** Renews until `finished` aborts or the lease is lost. */
  async #renew(finished: AbortSignal): Promise<'finished' | 'lost'> {
    const { renewDeadlineMs, retryPeriodMs } = this.#timings;
    // What counts is when a renewal was sent: the others count from when they see it, later.
    let renewedMs = this.#clock.monotonicMs();
    for (;;) {
      await delay(this.#clock, retryPeriodMs, finished).catch(() => undefined);
      if (finished.aborted) return 'finished';
      const sentMs = this.#clock.monotonicMs();
      const leftMs = renewedMs + renewDeadlineMs - sentMs;
      if (leftMs <= 0) return 'lost';
      const timeoutMs = Math.min(leftMs, renewDeadlineMs / CALLS_PER_DEADLINE);
      // Not cut short by `finished`: whether it arrived decides what the release is based on.
      const outcome = await this.#try(timeoutMs);
      if (outcome === 'others') return 'lost';
      if (outcome === 'held') renewedMs = sentMs;
    }
  }

  /** One attempt to take or keep the lease; `failed` if nobody knows. */
  async #try(timeoutMs: number, signal?: AbortSignal): Promise<'held' | 'others' | 'failed'> {
    const { logger, identity } = this.#options;
    const joined = joinSignals(...(signal === undefined ? [] : [signal]));
    const cancelTimer = this.#clock.setTimer(timeoutMs, () => {
      joined.abort(new Error(`no answer within ${timeoutMs} ms`));
    });
    try {
      return await this.#takeOrKeep({ signal: joined.signal, timeoutMs });
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) this.#stale = true;
      if (signal?.aborted !== true) logger.debug('lease not updated', { identity, error });
      return 'failed';
    } finally {
      cancelTimer();
      joined.release();
    }
  }

  async #takeOrKeep(options: {
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
  }): Promise<'held' | 'others'> {
    const { store, identity } = this.#options;
    // While we hold it nobody else writes it: what we wrote last is what is there.
    const mine = this.#isLeader && !this.#stale ? this.#observed?.lease : undefined;
    this.#stale = false;
    const current = mine ?? (await store.get(options));
    if (current === undefined) {
      this.#observe(await store.create(this.#record(undefined), options));
      return 'held';
    }
    this.#observe(current);
    const { holderIdentity } = current.record;
    if (holderIdentity !== '' && holderIdentity !== identity) {
      if (this.#isLeader || !this.#hasExpired(current.record)) return 'others';
    }
    this.#observe(await store.update(current, this.#record(current.record), options));
    return 'held';
  }

  /** Gives the lease back, so that the next leader need not wait for it to expire. */
  async #release(): Promise<void> {
    const { store, logger, identity, onChange } = this.#options;
    this.#isLeader = false;
    onChange?.(false);
    const options = { timeoutMs: RELEASE_TIMEOUT_MS };
    try {
      const lease = await store.get(options);
      if (lease?.record.holderIdentity !== identity) return;
      const now = microTime(this.#clock.now());
      const { leaseTransitions } = lease.record;
      // The shortest duration the server accepts, in case somebody waits for it all the same.
      const free = { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions };
      this.#observe(
        await store.update(lease, { ...free, acquireTime: now, renewTime: now }, options),
      );
      logger.info('leadership released', { identity });
    } catch (error) {
      logger.warn('leadership not released; it expires by itself', { identity, error });
    }
  }

  /** The record that makes us the holder. */
  #record(previous: LeaseRecord | undefined): LeaseRecord {
    const { identity } = this.#options;
    const now = microTime(this.#clock.now());
    const isOurs = previous?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#timings.leaseDurationMs / 1000),
      acquireTime: isOurs ? (previous.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (previous?.leaseTransitions ?? 0) + (previous && !isOurs ? 1 : 0),
    };
  }

  /** Whether its holder gave no sign of life for as long as it promised one. */
  #hasExpired(record: LeaseRecord): boolean {
    const sinceMs = this.#observed?.sinceMs ?? this.#clock.monotonicMs();
    const promisedMs = record.leaseDurationSeconds * 1000 || this.#timings.leaseDurationMs;
    return this.#clock.monotonicMs() - sinceMs >= promisedMs;
  }

  #observe(lease: StoredLease): void {
    const known = this.#observed;
    const isSame = known !== undefined && equalJson(known.lease.record, lease.record);
    this.#observed = { lease, sinceMs: isSame ? known.sinceMs : this.#clock.monotonicMs() };
  }
}

/** metav1.MicroTime: six digits exactly. */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
