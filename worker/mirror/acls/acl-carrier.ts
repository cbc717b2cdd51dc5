import { isRedacted, isRedactedEntry, workingAcl, type AclSet } from '../../tree/acl-set.ts';
import { AclSettler, type AclContext } from './acl-settler.ts';
import type { AclChecks } from './acl-checks.ts';
import type { AclJudgement, JudgedAcl, ReadAclResult } from '../../tree/acl-tree.ts';
import { CreatedAcls } from './created-acls.ts';
import type { AclLook } from './acl-look.ts';
import type { Difference, DifferenceLog } from '../compare/difference-log.ts';
import type { NodeTypes } from '../../tree/node-types.ts';
import { parentPath } from '../../tree/paths.ts';
import { refuseAcl, type AclRefusal } from './refuse-acl.ts';
import type { ParentList, ReadZnode, TreeReader, TreeWrite } from '../../tree/tree.ts';
import { writeOf } from '../write/write-of.ts';

/** A create or update with the znode that the source has there. */
export interface PlannedWrite {
  readonly kind: 'create' | 'update';
  readonly path: string;
  readonly znode: ReadZnode;
}

/** A znode whose data changes faster than its list can be read gets what was read last. */
const MAX_TURNS = 3;

export interface AclCarrierOptions extends AclContext {
  /** The znodes of the source. */
  readonly znodes: TreeReader;
  /** True: nothing may be written, so what a list would mean at the destination is not asked. */
  readonly dryRun: boolean;
  /** Null where every znode becomes an ordinary persistent one. */
  readonly nodeTypes: NodeTypes | null;
}

/**
 * Carries access control lists over. A znode is created with its final list, unless that would keep
 * this user from working below it: then with one that lets nobody in besides, and the final one
 * follows once the work is done. So a run can be killed at any moment: what it leaves behind is
 * closed to others and open to the next run, which finds the list different and sets it.
 */
export class AclCarrier {
  readonly #context: AclCarrierOptions;
  readonly #settler: AclSettler;
  readonly #judgements = new Map<string, Promise<AclJudgement>>();
  /** Keys of lists that are known to be in nobody's way, and not redacted. */
  readonly #full = new Set<string>();
  readonly #created: CreatedAcls;

  constructor(context: AclCarrierOptions) {
    this.#context = context;
    this.#settler = new AclSettler(context);
    this.#created = new CreatedAcls({
      sink: context.sink,
      later: (path) => {
        this.later(path);
      },
    });
  }

  /** Lists that are still to be set. */
  get pending(): number {
    return this.#settler.pending;
  }

  /** Frees memory and disk. Idempotent. */
  close(): void {
    this.#settler.close();
  }

  /**
   * The writes with the lists of the source. What cannot be given its list is not created: the
   * znode would be open to everybody. It is on record, and so is what stands below it.
   */
  async prepare(writes: readonly PlannedWrite[]): Promise<TreeWrite[]> {
    const creates = writes.filter(({ kind }) => kind === 'create');
    const acls = await this.#context.source.readAcls(creates.map(({ path }) => path));
    const prepared: TreeWrite[] = [];
    let at = 0;
    for (const write of writes) {
      if (write.kind === 'update') {
        prepared.push(dataOf(write));
        continue;
      }
      const acl = acls[at++];
      const create = this.#prepareAtOnce(write, acl) ?? (await this.#prepareOne(write, acl));
      if (create !== null) prepared.push(create);
    }
    return prepared;
  }

  /** Tells these checks of every list that is set from now on. */
  follow(checks: AclChecks): void {
    this.#settler.onWritten = (written) => {
      checks.written(written);
    };
  }

  /**
   * Compares the lists of both sides that have to be; what differs is to be set later.
   *
   * @param both takes the znodes whose data differs, too
   * @returns of how many znodes nothing but the list differs
   */
  async compare(checks: AclChecks, both: DifferenceLog): Promise<number> {
    let count = 0;
    await checks.compare(this.#context, async (path, kind, { source, destination }) => {
      if (destination?.kind === 'forbidden') this.#refuse('NoPermission', path);
      if (destination?.kind !== 'acl') return;
      const judged = await this.judge(path, source);
      // Whether it is gone, or only its list was said to be, another look tells.
      if (judged !== null || source?.kind === 'missing') this.later(path, kind);
      if (judged === null) return;
      if (kind === 'acl') count += 1;
      else both.append('update', path);
    });
    return count;
  }

  /**
   * Reads lists in their turn, however well they are known.
   *
   * @returns the first path of which something else was known than is so; null for none
   */
  async firstWrong(checks: AclChecks): Promise<string | null> {
    return await checks.firstWrong(this.#context);
  }

  /**
   * Finds out whether the destination can have this list, and puts on record that it cannot.
   *
   * @returns null if it cannot
   */
  async judge(path: string, result: ReadAclResult | undefined): Promise<JudgedAcl | null> {
    const { record } = this.#context;
    if (result?.kind === 'forbidden') return this.#refuse('NoPermission', path);
    if (result?.kind !== 'acl') {
      record.sawSourceChange();
      return null;
    }
    if (isRedacted(result.acl)) return this.#refuse('RedactedAcl', path);
    if (this.#context.dryRun) return { acl: result.acl, judgement: 'full' };
    const judgement = await this.#judgementOf(result.acl);
    if (judgement !== 'full' && judgement !== 'admin') {
      return this.#refuse(NOT_TO_BE_HAD[judgement], path);
    }
    if (judgement === 'full') this.#full.add(result.acl.key);
    return { acl: result.acl, judgement };
  }

  /**
   * The list for a znode above the root, which has to be created. Under one that would keep this user
   * from creating anything below it, later runs could not make the root anew: it is not had whole.
   */
  async listOfParent(path: string): Promise<ParentList> {
    const { source, sink } = this.#context;
    const [result] = await source.readAcls([path]);
    if (result?.kind !== 'acl') return { whole: null, kept: [] };
    const { acl } = result;
    const judgement = isRedacted(acl) ? 'unknown' : await sink.judgeAcl(acl);
    if (judgement === 'full') return { whole: acl, kept: [] };
    const kept = acl.entries.filter((entry) => !isRedactedEntry(entry));
    if (judgement !== 'admin') return { whole: null, kept };
    this.later(path);
    return { whole: workingAcl(acl) ?? acl, kept: [] };
  }

  /** Has the list of this znode compared with the source's, and set, once all else is done. */
  later(path: string, kind: 'acl' | 'update' = 'update'): void {
    this.#settler.later(path, kind);
  }

  /**
   * Sees to it, where the run verifies, that what was created has the lists it was to have.
   *
   * @param zxid of the transaction; null where the side does not tell
   */
  created(batch: readonly TreeWrite[], zxid: bigint | null): void {
    if (this.#context.verify) this.#created.created(batch, zxid);
  }

  /** Resolves when everything is read back that {@link created} had read. */
  async readBack(): Promise<void> {
    await this.#created.settled();
  }

  /** Looks at the znodes that verifying reads; whose list is not certain is compared later. */
  get createdLook(): AclLook {
    return this.#created;
  }

  /**
   * Lets this user work on a znode, or below it, that he may administer but was refused. The list
   * of the source follows later.
   *
   * @returns false if that changes nothing
   */
  async open(path: string): Promise<boolean> {
    return await this.#settler.open(path);
  }

  /**
   * Before data and list of a znode change both: neither may be seen with the other's old value, so
   * nobody sees either until the new list is set.
   */
  async shut(differences: Iterable<Difference>): Promise<void> {
    await this.#settler.shut(differences);
  }

  /** Sets the lists that are to be set. What could not be set stays to be set. */
  async settle(): Promise<void> {
    await this.readBack();
    await this.#settler.settle((path, result) => this.judge(path, result));
  }

  /** Znodes whose lists are still to be set. */
  differences(): Iterable<Difference> {
    return this.#settler.differences();
  }

  async #prepareOne(
    write: PlannedWrite,
    first: ReadAclResult | undefined,
  ): Promise<TreeWrite | null> {
    const { kind, path } = write;
    const { record, nodeTypes } = this.#context;
    const above = parentPath(path);
    const refusal = above === null ? null : record.aclRefusalOf(above);
    if (refusal !== null) {
      record.refuse(refusal, path);
      return null;
    }
    const { znode, result } = await this.#together(write, first);
    const judged = await this.judge(path, result);
    if (result?.kind === 'missing') record.leaveBehind(path);
    if (judged === null) return null;
    const isFinal = judged.judgement === 'full' || !hasWorkBelow(znode);
    if (!isFinal) this.later(path);
    const acl = isFinal ? judged.acl : (workingAcl(judged.acl) ?? judged.acl);
    return writeOf({ kind, path, data: znode.data, acl }, nodeTypes);
  }

  /** As nearly every create is: with a list that was judged before. Null if it is another one. */
  #prepareAtOnce(
    { path, znode }: PlannedWrite,
    result: ReadAclResult | undefined,
  ): TreeWrite | null {
    if (result?.kind !== 'acl' || result.dataZxid !== znode.dataZxid) return null;
    if (!this.#full.has(result.acl.key) || this.#context.record.hasRefused) return null;
    const { data } = znode;
    return writeOf({ kind: 'create', path, data, acl: result.acl }, this.#context.nodeTypes);
  }

  /** Data and list as they stood beside each other at one moment. */
  async #together(
    { path, znode: before }: PlannedWrite,
    first: ReadAclResult | undefined,
  ): Promise<{ znode: ReadZnode; result: ReadAclResult | undefined }> {
    let znode = before;
    let result = first;
    for (let turn = 1; turn <= MAX_TURNS; turn += 1) {
      if (result?.kind !== 'acl' || result.dataZxid === znode.dataZxid) break;
      this.#context.record.sawSourceChange();
      const [again] = await this.#context.znodes.read([{ kind: 'znode', path }]);
      if (again?.kind === 'znode' && !again.ephemeral) znode = again;
      [result] = await this.#context.source.readAcls([path]);
    }
    return { znode, result };
  }

  #judgementOf(acl: AclSet): Promise<AclJudgement> {
    let judgement = this.#judgements.get(acl.key);
    if (judgement === undefined) {
      judgement = this.#context.sink.judgeAcl(acl);
      if (this.#judgements.size >= MAX_JUDGEMENTS) {
        this.#judgements.clear();
        this.#full.clear();
      }
      this.#judgements.set(acl.key, judgement);
    }
    return judgement;
  }

  #refuse(reason: AclRefusal, path: string): null {
    const what = 'access control list cannot be carried over';
    return refuseAcl(this.#context, { path, reason, what });
  }
}

const NOT_TO_BE_HAD = {
  unknown: 'UnknownAclScheme',
  locksOut: 'AclLocksOut',
  tooLarge: 'TooLarge',
} as const;

/** Lists are few in most trees; where they are not, they are judged again. */
const MAX_JUDGEMENTS = 100_000;

function dataOf({ path, znode }: PlannedWrite): TreeWrite {
  return { kind: 'update', path, data: znode.data };
}

/** Children to be created below it, or a counter to be raised by some. */
function hasWorkBelow({ childCount, creations }: ReadZnode): boolean {
  return childCount + creations > 0;
}
