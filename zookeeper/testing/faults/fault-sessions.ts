import type { ZooKeeperClient } from '../../client.ts';
import { eventually } from '../eventually.ts';

const patienceMs = 120_000;

/** The client of the moment. A session that ends is reported, and a new one opened. */
export class FaultSessions {
  readonly #open: () => Promise<ZooKeeperClient>;
  readonly ended: string[] = [];
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
      const sync = async (): Promise<string> => {
        if (client.state !== 'ended') await client.sync('/');
        return client.state;
      };
      const state = await eventually(sync, { timeoutMs: patienceMs, intervalMs: 1 });
      if (state !== 'ended') return client;
      this.ended.push((await client.closed).reason);
    }
  }
}
