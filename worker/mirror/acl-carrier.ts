import { isRedacted, workingAcl } from './acl-set.ts';
import type { AclSet } from './acl-set.ts';
import { AclSettler } from './acl-settler.ts';
import type { AclChecks } from './acl-checks.ts';
import type { AclContext } from './acl-settler.ts';
import type { AclJudgement, JudgedAcl, ReadAclResult } from './acl-tree.ts';
import type { Difference, DifferenceLog } from './difference-log.ts';
import type { NodeTypes } from './node-types.ts';
import { parentPath } from './paths.ts';
import type { ReadZnode, TreeReader, TreeWrite } from './tree.ts';
import { writeOf } from './write-of.ts';

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
  readonly #readingBack = new Set<Promise<void>>();

  constructor(context: AclCarrierOptions) {
    this.#context = context;
    this.#settler = new AclSettler(context);
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
      const { kind, path, znode } = write;
      if (kind === 'update') {
        prepared.push({ kind, path, data: znode.data });
        continue;
      }
      const create = await this.#prepareOne(write, acls[at++]);
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
      if ((await this.judge(path, source)) === null) return;
      this.later(path, kind);
      if (kind === 'acl') count += 1;
      else both.append('update', path);
    });
    return count;
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
    if (judgement === 'unknown') return this.#refuse('UnknownAclScheme', path);
    if (judgement === 'locksOut') return this.#refuse('AclLocksOut', path);
    return { acl: result.acl, judgement };
  }

  /** Has the list of this znode compared with the source's, and set, once all else is done. */
  later(path: string, kind: 'acl' | 'update' = 'update'): void {
    this.#settler.later(path, kind);
  }

  /** Looks in the background whether what was created has the list it was to have. */
  created(batch: readonly TreeWrite[]): void {
    const { verify } = this.#context;
    const creates = batch.filter((write) => write.kind === 'create' && write.acl !== undefined);
    if (!verify || creates.length === 0) return;
    const reading = this.#readBack(creates as CreateWithAcl[]);
    reading.catch(() => undefined);
    this.#readingBack.add(reading);
    void reading.finally(() => this.#readingBack.delete(reading)).catch(() => undefined);
  }

  /** Resolves when everything is read back that {@link created} was told of. */
  async readBack(): Promise<void> {
    await Promise.all(this.#readingBack);
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
    const { path } = write;
    const { record } = this.#context;
    const above = parentPath(path);
    const refusal = above === null ? null : record.aclRefusalOf(above);
    if (refusal !== null) {
      record.refuse(refusal, path);
      return null;
    }
    const { znode, result } = await this.#together(write, first);
    const judged = await this.judge(path, result);
    if (judged === null) return null;
    const create = { kind: 'create', path, data: znode.data } as const;
    const { nodeTypes } = this.#context;
    if (judged.judgement === 'full' || !hasWorkBelow(znode)) {
      return writeOf({ ...create, acl: judged.acl }, nodeTypes);
    }
    this.later(path);
    return writeOf({ ...create, acl: workingAcl(judged.acl) ?? judged.acl }, nodeTypes);
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

  async #readBack(creates: readonly CreateWithAcl[]): Promise<void> {
    const found = await this.#context.sink.readAcls(creates.map(({ path }) => path));
    creates.forEach(({ path, acl }, index) => {
      const result = found[index];
      if (result?.kind !== 'acl' || result.acl.key !== acl.key) this.later(path);
    });
  }

  #judgementOf(acl: AclSet): Promise<AclJudgement> {
    let judgement = this.#judgements.get(acl.key);
    if (judgement === undefined) {
      judgement = this.#context.sink.judgeAcl(acl);
      if (this.#judgements.size >= MAX_JUDGEMENTS) this.#judgements.clear();
      this.#judgements.set(acl.key, judgement);
    }
    return judgement;
  }

  #refuse(
    reason: 'NoPermission' | 'RedactedAcl' | 'UnknownAclScheme' | 'AclLocksOut',
    path: string,
  ): null {
    this.#context.logger.warn('access control list cannot be carried over', { path, reason });
    this.#context.record.refuse(reason, path);
    return null;
  }
}

/** Lists are few in most trees; where they are not, they are judged again. */
const MAX_JUDGEMENTS = 100_000;

type CreateWithAcl = Extract<TreeWrite, { kind: 'create' }> & { readonly acl: AclSet };

/** Children to be created below it, or a counter to be raised by some. */
function hasWorkBelow({ childCount, creations }: ReadZnode): boolean {
  return childCount + creations > 0;
}
