import type { ZooKeeperClient } from '../../client.ts';
import { ZooKeeperError } from '../../errors.ts';
import { eventually } from '../../../testing/eventually.ts';

const PATIENCE_MS = 120_000;

/**
 * The client of the moment. A session that ends is reported, and a new one opened. A client that was
 * cut off counts its session as expired by its own clock; a server that hardly gets a processor does
 * so later, and until then still carries out what was on its way. So the new session waits until the
 * ephemeral znode of the one before is gone.
 */
export class FaultSessions {
  readonly #open: () => Promise<ZooKeeperClient>;
  readonly ended: string[] = [];
  #marks = 0;
  #current: Promise<ZooKeeperClient>;

  constructor(open: () => Promise<ZooKeeperClient>) {
    this.#open = open;
    this.#current = this.#openSynced();
  }

  readonly current = async (): Promise<ZooKeeperClient> => {
    const asked = this.#current;
    const client = await asked;
    // Between the check and the new session nothing is awaited, so that there is only one.
    if (client.state === 'ended' && this.#current === asked) {
      this.#current = this.#openSynced();
      this.ended.push((await client.closed).reason);
    }
    return this.#current;
  };

  /** A new session may begin on a server that is behind. */
  async #openSynced(): Promise<ZooKeeperClient> {
    for (;;) {
      const client = await this.#open();
      const mark = `/fault-session-${(this.#marks += 1)}`;
      const before = Array.from({ length: this.#marks - 1 }, (_, at) => `/fault-session-${at + 1}`);
      const ready = async (): Promise<string | false> => {
        if (client.state === 'ended') return client.state;
        await client.create(mark, null, { mode: 'ephemeral' }).catch(ignoreIfThere);
        await client.sync('/');
        const left = await Promise.all(before.map((path) => client.exists(path)));
        return left.every((stat) => stat === null) && client.state;
      };
      const state = await eventually(ready, { timeoutMs: PATIENCE_MS, intervalMs: 1 });
      if (state !== 'ended') return client;
      this.ended.push((await client.closed).reason);
    }
  }
}

/** Created by an attempt whose answer was lost. */
function ignoreIfThere(error: unknown): void {
  if (!(error instanceof ZooKeeperError) || error.code !== 'NodeExists') throw error;
}
