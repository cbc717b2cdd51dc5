import type { Logger } from '../../common/logger.ts';
import type { Controller, WorkTerm } from './controller.ts';
import type { HealthServer } from './health.ts';
import type { InformerSet } from './informer.ts';
import type { LeaderElector } from './lease.ts';
import { createAbortController, joinSignals, untilAborted } from './signals.ts';

export interface LifecycleOptions {
  readonly informers: InformerSet;
  readonly controllers: readonly Pick<Controller, 'name' | 'run'>[];
  /** Absent: this process leads as long as it runs. */
  readonly elector?: LeaderElector;
  /** Absent: nothing listens. */
  readonly health?: HealthServer;
  readonly logger: Logger;
  /**
   * How long reconciles that run may go on once the process was told to stop. Default 20 s: with
   * the release of the lease it fits into a pod's 30 s.
   */
  readonly drainMs?: number;
}

const DEFAULT_DRAIN_MS = 20_000;

/**
 * The order in which a process begins and ends. Probes first, so that the kubelet sees a slow start
 * as one; caches also while waiting for the lease, so that a new leader begins at once; on the way
 * out the work ends before the lease is given back, and the caches after it.
 */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #stop = createAbortController();
  readonly #caches = createAbortController();
  #finished: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Begins; resolves once the probes are answered. @throws if their port is taken. */
  async start(): Promise<void> {
    const port = await this.#options.health?.start();
    this.#options.logger.info('operator started', port === undefined ? {} : { port });
    this.#finished = this.#run();
  }

  /** Tells everything to end; {@link finished} tells when it has. May be called again. */
  stop(): void {
    this.#stop.abort(new Error('the operator is stopping'));
  }

  /** Resolves once everything has ended; rejects if something broke that a restart may cure. */
  get finished(): Promise<void> {
    return this.#finished ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    const { informers, elector, health, logger } = this.#options;
    const caches = informers.run(this.#caches.signal);
    const never = createAbortController().signal;
    try {
      if (elector === undefined) await this.#work(never);
      else await elector.run(this.#stop.signal, (lost) => this.#work(lost));
    } finally {
      this.#caches.abort(new Error('the operator is stopping'));
      await caches;
      await health?.close();
      logger.info('operator stopped');
    }
  }

  /** One term of work. If a controller breaks, the others end too: half an operator is none. */
  async #work(lost: AbortSignal): Promise<void> {
    const { controllers, drainMs = DEFAULT_DRAIN_MS } = this.#options;
    const end = joinSignals(lost);
    const term: WorkTerm = { stop: this.#stop.signal, abort: end.signal, drainMs };
    const runs = controllers.map((controller) =>
      controller.run(term).catch((error: unknown) => {
        end.abort(new Error(`controller ${controller.name} broke`));
        throw error;
      }),
    );
    const ended = joinSignals(this.#stop.signal, end.signal);
    const results = await Promise.allSettled([untilAborted(ended.signal), ...runs]);
    ended.release();
    end.release();
    const broken = results.find((result) => result.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
  }
}
