import { randomBytes } from 'node:crypto';
import type { HistoryReason, SourceHistory } from '../../api/worker-contract.ts';
import { errorMessage } from '../../common/describe-error.ts';
import type { Logger } from '../../common/logger.ts';
import type { SourceWitnessing, WitnessMark } from '../mirror/source-history.ts';
import { decodeWitnessNonce, encode, witnessRunPath, type WitnessContent } from './control-tree.ts';
import { OwnControlTree } from './own-control-tree.ts';
import { retryLost, retryRead } from './retry-read.ts';
import { codeOf } from './error-code.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';
import { formatZxid } from '../tree/format-zxid.ts';

export interface SourceWitnessOptions {
  /** The side that is read. */
  readonly side: Side;
  /** Where the witness of this copy stands; other copies of the same source have others. */
  readonly path: string;
  /** What a person finds in it. */
  readonly about: Omit<WitnessContent, 'nonce'>;
  /** Tells this run from all others. */
  readonly runUid: string;
  readonly logger: Logger;
}

const NONCE_BYTES = 16;

/**
 * A znode at the source with a random number in it, written after everything was read: a history that
 * has this znode, with this number and written at this zxid, went through that moment. All that was
 * read before is part of it, whatever else the source was set back to.
 *
 * An ephemeral beside it stands from before the first reading until after the last: so what was read
 * in between, and the number after it, are of one history, too. What that leaves open is a backup
 * that was both taken and restored while one run was under way.
 */
export class SourceWitness implements SourceWitnessing {
  readonly #options: SourceWitnessOptions;
  readonly #tree: OwnControlTree;
  readonly #runPath: string;
  /** Of the znode, once this run stands by it; null where it does not. */
  #czxid: bigint | null = null;
  /** A witness of an earlier run into this destination that stands elsewhere. */
  #former: string | null = null;

  constructor(options: SourceWitnessOptions) {
    this.#options = options;
    const { side, path, about, runUid, logger } = options;
    this.#runPath = witnessRunPath(path, runUid);
    const empty = encode({ nonce: '', ...about });
    this.#tree = new OwnControlTree({ side, dir: path, about: empty, keep: null, logger });
  }

  async begin(mark: WitnessMark | null): Promise<SourceHistory> {
    const { side, path } = this.#options;
    await retryRead(side, () => side.session.sync(path));
    const reason = await this.#judge(mark);
    if (!(await this.#standBy())) return notProved('NotAllowed');
    if (reason !== 'WitnessFound') return notProved(reason);
    if (mark !== null && mark.path !== path) this.#former = mark.path;
    return { proved: true, reason };
  }

  async holds(): Promise<boolean> {
    const { side } = this.#options;
    if (this.#czxid === null) return true;
    return (await retryRead(side, () => side.session.exists(this.#runPath))) !== null;
  }

  /** The copy is made by then: nothing that happens to the source makes it worse. */
  async seal(): Promise<WitnessMark | null> {
    const czxid = this.#czxid;
    if (czxid === null) return null;
    const { path, logger } = this.#options;
    const nonce = randomBytes(NONCE_BYTES).toString('hex');
    try {
      const mzxid = await this.#write(nonce);
      if (mzxid === null) return null;
      await this.#removeFormer();
      return { path, czxid: formatZxid(czxid), mzxid: formatZxid(mzxid), nonce };
    } catch (error) {
      logger.warn('witness not left', { path, why: errorMessage(error) });
      this.#czxid = null;
      return null;
    }
  }

  async #judge(mark: WitnessMark | null): Promise<HistoryReason> {
    if (mark === null) return 'NoMemo';
    const found = await this.#read(mark.path);
    if (found === null) return 'WitnessChanged';
    const { czxid, mzxid } = found.stat;
    const isAsLeft =
      decodeWitnessNonce(found.data) === mark.nonce &&
      formatZxid(czxid) === mark.czxid &&
      formatZxid(mzxid) === mark.mzxid;
    return isAsLeft ? 'WitnessFound' : 'WitnessChanged';
  }

  /** @returns false if the user may not leave anything at the source */
  async #standBy(): Promise<boolean> {
    const { side, path, logger } = this.#options;
    try {
      if (!(await this.#make())) return false;
      const stat = await retryLost(() => side.session.exists(path));
      this.#czxid = stat?.czxid ?? null;
      return this.#czxid !== null;
    } catch (error) {
      // Also where the session is over: what is read next says that better.
      const code = codeOf(error);
      if (code === null) throw error;
      // A busy server forbids nothing, and it was asked for long enough.
      if (code === 'Throttled') throw sessionFailure(side, error);
      logger.info('no witness can be left at the source', { path, code });
      return false;
    }
  }

  async #make(): Promise<boolean> {
    try {
      return await this.#makeOnce();
    } catch (error) {
      if (codeOf(error) !== 'NoAuth') throw error;
      // It may belong to this user under an earlier password. No znode goes under a run's ephemeral.
      const { side, path } = this.#options;
      await retryLost(() => side.session.delete(path));
      return await this.#makeOnce();
    }
  }

  async #makeOnce(): Promise<boolean> {
    const { own } = this.#tree;
    if (!(await retryLost(() => this.#tree.make()))) return false;
    await retryLost(() =>
      own.create(this.#runPath, Buffer.alloc(0), 'ephemeral').catch((error: unknown) => {
        if (codeOf(error) !== 'NodeExists') throw error;
      }),
    );
    await this.#tree.close();
    return true;
  }

  /** @returns the zxid it was written at; null if it was not, or not in the history of this run */
  async #write(nonce: string): Promise<bigint | null> {
    const { side, path, about, logger } = this.#options;
    try {
      const { refusal, zxid } = await side.session.write([
        { kind: 'check', path: this.#runPath },
        { kind: 'update', path, data: encode({ nonce, ...about }) },
      ]);
      if (refusal !== null) logger.warn('witness not left', { path, code: refusal.code });
      return refusal === null ? zxid : null;
    } catch (error) {
      if (codeOf(error) !== 'ConnectionLoss') throw sessionFailure(side, error);
      // Done or not: the number is there, or another one.
      const found = await this.#read(path);
      return decodeWitnessNonce(found?.data ?? null) === nonce ? (found?.stat.mzxid ?? null) : null;
    }
  }

  async #read(path: string): Promise<{ readonly data: Buffer | null; readonly stat: Stat } | null> {
    const { side } = this.#options;
    return await retryRead(side, () =>
      side.session.getData(path).catch((error: unknown) => {
        const code = codeOf(error);
        if (code === 'NoNode' || code === 'NoAuth') return null;
        throw error;
      }),
    );
  }

  /** It stands under another name since the servers of the destination are given by others. */
  async #removeFormer(): Promise<void> {
    const { side } = this.#options;
    const former = this.#former;
    if (former === null) return;
    this.#former = null;
    await side.session.delete(former).catch((error: unknown) => {
      // It does no harm where it is.
      if (codeOf(error) === null) throw error;
    });
  }
}

type Stat = { readonly czxid: bigint; readonly mzxid: bigint };

function notProved(reason: HistoryReason): SourceHistory {
  return { proved: false, reason };
}
