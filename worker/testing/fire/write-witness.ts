import { isAtOrBelow } from '../../../api/znode-path.ts';
import type { LoggedChange, LoggedTransaction } from '../../../zookeeper/testing/index.ts';
import { controlDir, HOLDER_PREFIX } from '../../storage/control-tree.ts';

/**
 * Judges the writes below a root of a destination that only workers write to, by the log of its
 * server: each must come from the session whose holder is the oldest that lives, and carry the mark
 * along. So it sees also the write of a superseded run that no client would ever tell of.
 */
export class WriteWitness {
  readonly #root: string;
  readonly #kept: string;
  readonly #holderPrefix: string;
  readonly #mark: string;
  /** Holders that live, oldest first. */
  readonly #holders: { readonly path: string; readonly sessionId: bigint }[] = [];
  readonly #writers = new Set<bigint>();
  readonly #problems: string[] = [];
  #writes = 0;

  /** @param kept a path below the root where nothing is ever to be deleted */
  constructor(root: string, kept: string) {
    this.#root = root;
    this.#kept = kept;
    this.#holderPrefix = `${controlDir(root)}/${HOLDER_PREFIX}`;
    this.#mark = `${controlDir(root)}/last-write`;
  }

  /** What was wrong so far, one sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Znodes that were written below the root so far. */
  get writes(): number {
    return this.#writes;
  }

  /** Sessions that wrote below the root so far. */
  get writerCount(): number {
    return this.#writers.size;
  }

  /** Takes transactions in the order in which they took effect. */
  see(transactions: readonly LoggedTransaction[]): void {
    for (const transaction of transactions) {
      this.#judge(transaction);
      this.#follow(transaction);
    }
  }

  #judge({ sessionId, zxid, changes }: LoggedTransaction): void {
    const own = changes.filter(({ path }) => isAtOrBelow(path, this.#root));
    if (own.length === 0) return;
    this.#writes += own.length;
    this.#writers.add(sessionId);
    const at = `zxid 0x${zxid.toString(16)}, session 0x${sessionId.toString(16)}`;
    if (this.#holders[0]?.sessionId !== sessionId) {
      this.#problems.push(`${own[0]?.path} was written without the hold (${at})`);
    }
    if (!changes.some(({ path }) => path === this.#mark)) {
      this.#problems.push(`${own[0]?.path} was written without moving the mark (${at})`);
    }
    const lost = own.find(({ kind, path }) => kind === 'delete' && isAtOrBelow(path, this.#kept));
    if (lost !== undefined) this.#problems.push(`${lost.path} was deleted (${at})`);
  }

  #follow({ sessionId, closesSession, changes }: LoggedTransaction): void {
    for (const change of changes) this.#followHolder(change, sessionId);
    if (closesSession) this.#drop((holder) => holder.sessionId === sessionId);
  }

  #followHolder({ kind, path }: LoggedChange, sessionId: bigint): void {
    if (!path.startsWith(this.#holderPrefix)) return;
    if (kind === 'create') this.#holders.push({ path, sessionId });
    if (kind === 'delete') this.#drop((holder) => holder.path === path);
  }

  #drop(isGone: (holder: { path: string; sessionId: bigint }) => boolean): void {
    const kept = this.#holders.filter((holder) => !isGone(holder));
    this.#holders.splice(0, this.#holders.length, ...kept);
  }
}
