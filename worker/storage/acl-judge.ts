import { ZooKeeperError, type ErrorCode } from '../../zookeeper/index.ts';
import type { AclSet } from '../tree/acl-set.ts';
import type { AclJudgement } from '../tree/acl-tree.ts';
import { retryRead } from './retry-read.ts';
import type { SessionAcls, StepRefusal, WriteStep } from './session.ts';
import type { Side } from './side.ts';

export interface AclJudgeOptions {
  /** The side that is written. */
  readonly side: Side;
  readonly acls: SessionAcls;
  /** The znode of our own below which a list may be tried out; null where there is none. */
  readonly ownDir: () => string | null;
  /** Where this user creates znodes, for want of one of our own: the first that lets him. */
  readonly places: readonly string[];
  /** Tells the tries of this run from all others. */
  readonly runUid: string;
}

/** Steps of a try, in order; each needs one more right. The last one always fails. */
const READ_STEP = 1;
const LAST_STEP = 5;

const NO_DATA = Buffer.alloc(0);

/** Below our own directory no path is longer; below the root one may be, which then is refused. */
const LONGEST_PATH = `/${'x'.repeat(255)}`;

const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['NoAuth', 'InvalidAcl', 'NoNode']);

/**
 * Asks the server what a list would mean for this session: the rights that a list gives depend on
 * schemes, on superusers and on settings that only it knows. A transaction that is sure to fail
 * creates a znode with the list and works on it; where it fails tells what is allowed, and nothing
 * of it takes effect. Lists cannot be set in a transaction: for that right an ephemeral is made.
 */
export class AclJudge {
  readonly #options: AclJudgeOptions;
  #tries = 0;

  constructor(options: AclJudgeOptions) {
    this.#options = options;
  }

  async judge(acl: AclSet): Promise<AclJudgement> {
    // What does not fit beside the other steps would not fit into a batch of the mirror, either.
    if (!(await this.#fits(acl))) return 'tooLarge';
    const [failed, mayAdminister] = await Promise.all([this.#work(acl), this.#administer(acl)]);
    if (failed === null) return 'unknown';
    if (failed.index <= READ_STEP) return 'locksOut';
    const isFull = failed.index === LAST_STEP;
    if (mayAdminister ?? isFull) return isFull ? 'full' : 'admin';
    return 'locksOut';
  }

  /** @returns the step that was refused; null if the list itself was */
  async #work(acl: AclSet): Promise<StepRefusal | null> {
    const ownDir = this.#options.ownDir();
    const places = ownDir === null ? this.#options.places : [ownDir];
    let refusal: StepRefusal | null = null;
    for (const place of places) {
      refusal = await this.#try(`${place === '/' ? '' : place}/${this.#nextName()}`, acl);
      if (refusal.index > 0) return refusal;
      if (refusal.code === 'InvalidAcl') return null;
    }
    // Nowhere may anything be created: the copy will say so better than a judgement of lists.
    return { index: LAST_STEP, code: refusal?.code ?? 'NoAuth' };
  }

  async #fits(acl: AclSet): Promise<boolean> {
    const { session, requestLimit } = this.#options.side;
    return await requestLimit.allows(session.requestBytes(stepsOf(LONGEST_PATH, acl)));
  }

  async #try(path: string, acl: AclSet): Promise<StepRefusal> {
    const { side } = this.#options;
    const steps = stepsOf(path, acl);
    const { refusal } = await retryRead(side, () => side.session.write(steps));
    if (refusal === null) throw new Error(`${path} has a child that was never created`);
    return refusal;
  }

  /** @returns null if that cannot be found out */
  async #administer({ entries }: AclSet): Promise<boolean | null> {
    const { side, acls, ownDir } = this.#options;
    const dir = ownDir();
    if (dir === null) return null;
    return await retryRead(side, async () => {
      const path = `${dir}/${this.#nextName()}`;
      // One after the other: what a busy server turns away is done after what comes behind it.
      const created = await allowed(side.session.create(path, NO_DATA, 'ephemeral', entries));
      // An invalid list is for the transaction to tell.
      if (!created) return false;
      const mayAdminister = await allowed(acls.set(path, entries, 0));
      await allowed(side.session.delete(path));
      return mayAdminister;
    });
  }

  #nextName(): string {
    this.#tries += 1;
    return `acl-${this.#options.runUid}-${this.#tries}`;
  }
}

function stepsOf(path: string, acl: AclSet): WriteStep[] {
  const data = NO_DATA;
  return [
    { kind: 'create', path, data, acl },
    { kind: 'check', path },
    { kind: 'update', path, data },
    { kind: 'create', path: `${path}/child`, data },
    { kind: 'delete', path: `${path}/child` },
    { kind: 'check', path: `${path}/never` },
  ];
}

/** False for a server's refusal; everything else is no answer. */
async function allowed(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof ZooKeeperError && REFUSALS.has(error.code)) return false;
    throw error;
  }
}
