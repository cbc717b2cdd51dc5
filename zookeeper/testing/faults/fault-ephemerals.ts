import type { ZooKeeperClient } from '../../client.ts';
import { ZooKeeperError } from '../../errors.ts';
import { eventually } from '../../../testing/eventually.ts';
import { FaultActor } from './fault-actor.ts';
import { oneOf } from '../../../testing/seeded-random.ts';

const names = ['a', 'b', 'c'];

/** A new leader gives every session its whole timeout again. */
const EXPIRY_TIMEOUT_MS = 60_000;

/**
 * Creates, reads and deletes ephemeral znodes, and knows whose they are: that of a session that
 * lives is there, whatever became of its connections; that of a session that is over is gone.
 */
export class EphemeralKeeper extends FaultActor {
  /** By path: the session that created what is there, or was until the session ended. */
  readonly #owners = new Map<string, bigint>();

  protected override async act(): Promise<void> {
    const path = `${this.options.root}/${oneOf(this.options.random, names)}`;
    const client = await this.options.client();
    const owner = this.#owners.get(path);
    if (owner === undefined) return this.#create(client, path);
    if (owner !== client.sessionId) return this.#seeGone(path);
    return this.options.random() < 0.3 ? this.#delete(client, path) : this.#seeThere(client, path);
  }

  override async verify(direct: ZooKeeperClient): Promise<void> {
    const { sessionId } = await this.options.client();
    for (const [path, owner] of this.#owners) {
      if (owner !== sessionId) await waitUntilGone(direct, path);
      else if ((await ownerOf(direct, path)) !== owner) this.complain(`${path} is not its owner's`);
    }
    const { children } = await direct.getChildren(this.options.root);
    const unexpected = children.filter((name) => !this.#owners.has(`${this.options.root}/${name}`));
    if (unexpected.length > 0) this.complain(`nobody created ${unexpected.join(', ')}`);
  }

  /** To be called when the last session was closed. */
  async verifyNoneLeft(direct: ZooKeeperClient): Promise<void> {
    for (const path of this.#owners.keys()) await waitUntilGone(direct, path);
  }

  async #create(client: ZooKeeperClient, path: string): Promise<void> {
    try {
      await client.create(path, null, { mode: 'ephemeral' });
      this.options.count('done');
      this.#owners.set(path, client.sessionId);
    } catch (error) {
      if (!this.judgeLoss(error)) return;
      // Somebody else's, of a session that is over by now, is still this session's to be gone.
      if ((await this.#ownerAfterLoss(path)) !== null) this.#owners.set(path, client.sessionId);
    }
  }

  async #delete(client: ZooKeeperClient, path: string): Promise<void> {
    try {
      await client.delete(path, 0);
      this.options.count('done');
      this.#owners.delete(path);
    } catch (error) {
      if (this.judgeLoss(error) && (await this.#ownerAfterLoss(path)) === null) {
        this.#owners.delete(path);
      }
    }
  }

  async #ownerAfterLoss(path: string): Promise<bigint | null> {
    return this.recover((recovered) => ownerOf(recovered, path));
  }

  /** In the session that created it, which sees no end of itself. */
  async #seeThere(client: ZooKeeperClient, path: string): Promise<void> {
    await this.reading(async () => {
      const owner = await ownerOf(client, path);
      if (owner !== client.sessionId) this.complain(`${path} is ${owner}'s, not its session's`);
    });
  }

  async #seeGone(path: string): Promise<void> {
    const isGone = async (): Promise<boolean> =>
      (await this.recover((recovered) => ownerOf(recovered, path))) === null;
    await eventually(isGone, { timeoutMs: EXPIRY_TIMEOUT_MS, description: `${path} gone` }).then(
      () => this.#owners.delete(path),
      (error: unknown) => {
        this.complain(String(error));
      },
    );
  }
}

async function waitUntilGone(direct: ZooKeeperClient, path: string): Promise<void> {
  await eventually(async () => (await ownerOf(direct, path)) === null, {
    ...{ timeoutMs: EXPIRY_TIMEOUT_MS, description: `${path} gone` },
  });
}

/** null where there is none. */
async function ownerOf(client: ZooKeeperClient, path: string): Promise<bigint | null> {
  const stat = await client.exists(path);
  if (stat?.ephemeralOwner === 0n) throw new ZooKeeperError('BadArguments', `${path} stays`);
  return stat?.ephemeralOwner ?? null;
}
