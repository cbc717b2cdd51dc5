import type { ZooKeeperClient } from '../../client.ts';
import { ZooKeeperError } from '../../errors.ts';
import { eventually } from '../../../testing/eventually.ts';

export interface FaultActorOptions {
  /** The client of the moment: another one after the session has expired. */
  client: () => Promise<ZooKeeperClient>;
  random: () => number;
  /** A subtree that nobody else writes. */
  root: string;
  count: (outcome: Outcome) => void;
  complain: (problem: string) => void;
}

/** `refused`: the server said no, as it should have. */
export type Outcome = 'done' | 'unsent' | 'unknown' | 'lostRead' | 'refused' | 'read';

const RECOVERY_TIMEOUT_MS = 120_000;

/** Errors that say nothing about the request but that the connection or the session broke. */
const brokenCodes = new Set(['ConnectionLoss', 'SessionExpired', 'ProtocolError', 'SessionMoved']);

export function isBroken(error: unknown): boolean {
  return error instanceof ZooKeeperError && brokenCodes.has(error.code);
}

/** Does something over connections full of faults, step after step, and knows what must come of it. */
export abstract class FaultActor {
  protected readonly options: FaultActorOptions;
  protected stepCount = 0;

  constructor(options: FaultActorOptions) {
    this.options = options;
  }

  /** One operation, and whatever it takes to know its outcome. */
  async step(): Promise<void> {
    this.stepCount++;
    await this.act();
  }

  /** Compares what is there with what must be, over a connection without faults. */
  abstract verify(direct: ZooKeeperClient): Promise<void>;

  protected abstract act(): Promise<void>;

  protected async reading(read: (client: ZooKeeperClient) => Promise<unknown>): Promise<void> {
    const client = await this.options.client();
    try {
      await read(client);
      this.options.count('read');
    } catch (error) {
      if (this.judgeLoss(error, 'lostRead')) this.complain('a read has an unknown outcome');
    }
  }

  /** @returns whether the write may have happened; anything but a loss is a problem */
  protected judgeLoss(error: unknown, lost: Outcome = 'unsent'): boolean {
    if (!(error instanceof ZooKeeperError) || !isBroken(error)) {
      this.complain(`step ${this.stepCount}: ${String(error)}`);
      return false;
    }
    this.options.count(error.isOutcomeUnknown ? 'unknown' : lost);
    return error.isOutcomeUnknown;
  }

  /** After a loss: what the leader has decided by now, whatever server answers. */
  protected async recover<T>(read: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
    return eventually(
      async () => {
        const client = await this.options.client();
        await client.sync(this.options.root);
        return { seen: await read(client) };
      },
      { timeoutMs: RECOVERY_TIMEOUT_MS, intervalMs: 1, description: 'an answer after a loss' },
    ).then(({ seen }) => seen);
  }

  protected complain(problem: string): void {
    this.options.complain(`${this.options.root}: ${problem}`);
  }
}
