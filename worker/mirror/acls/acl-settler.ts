import type { Logger } from '../../../common/logger.ts';
import { closedAcl, isRedacted, workingAcl, type AclSet } from '../../tree/acl-set.ts';
import type {
  AclReader,
  AclSink,
  AclWriteOutcome,
  JudgedAcl,
  ReadAcl,
  ReadAclResult,
  WrittenAcl,
} from '../../tree/acl-tree.ts';
import type { Difference, DifferenceLog } from '../compare/difference-log.ts';
import type { MirrorRecord } from '../mirror-record.ts';
import { inChunks } from '../../../common/in-chunks.ts';
import { refuseAcl, type AclRefusal } from './refuse-acl.ts';
import { waitForAll } from '../../../common/wait-for-all.ts';

export interface AclContext {
  readonly source: AclReader;
  readonly sink: AclSink;
  readonly record: MirrorRecord;
  readonly logger: Logger;
  /** Aborting it stops between two calls. */
  readonly signal: AbortSignal;
  /** Read back what was set. */
  readonly verify: boolean;
  readonly openLog: () => DifferenceLog;
}

/** Znodes whose lists are read and written at once. */
const CHUNKS = { size: 256, inFlight: 4 };
/** A list that is changed by somebody else all the time is left to the next run. */
const MAX_ROUNDS = 3;

type Judge = (path: string, result: ReadAclResult | undefined) => Promise<JudgedAcl | null>;

/** Makes the lists of single znodes those of the source, each with the version it was read with. */
export class AclSettler {
  /** Told of every list that was set. */
  onWritten: ((written: WrittenAcl) => void) | null = null;
  readonly #context: AclContext;
  #log: DifferenceLog;
  /** Lists of the destination that were opened for work, as they were before. */
  readonly #opened = new Map<string, AclSet>();

  constructor(context: AclContext) {
    this.#context = context;
    this.#log = context.openLog();
  }

  get pending(): number {
    return this.#log.size;
  }

  close(): void {
    this.#log.close();
  }

  later(path: string, kind: 'acl' | 'update'): void {
    this.#log.append(kind, path);
  }

  differences(): Iterable<Difference> {
    return this.#log.forward();
  }

  /** See {@link AclCarrier.open}. */
  async open(path: string): Promise<boolean> {
    const [there] = await this.#context.sink.readAcls([path]);
    if (there?.kind !== 'acl' || isRedacted(there.acl)) return false;
    const working = workingAcl(there.acl);
    if (working === null) return false;
    // Opened for another write that was on its way at the same time: this one tries again.
    if (working.key === there.acl.key) return this.#opened.has(path);
    const outcome = await this.#write(path, there, working);
    if (outcome.kind !== 'done') return false;
    if (!this.#opened.has(path)) this.#opened.set(path, there.acl);
    this.later(path, 'update');
    return true;
  }

  /** See {@link AclCarrier.shut}. */
  async shut(differences: Iterable<Difference>): Promise<void> {
    const { source, sink, record, signal } = this.#context;
    await inChunks(differences, { ...CHUNKS, inFlight: 1, signal }, async (chunk) => {
      const paths = chunk
        .map(({ path }) => path)
        .filter((path) => record.aclRefusalOf(path) === null);
      const [wanted, there] = await Promise.all([source.readAcls(paths), sink.readAcls(paths)]);
      await waitForAll(
        paths.map(async (path, index) => {
          const [from, to] = [wanted[index], there[index]];
          if (from?.kind !== 'acl' || to?.kind !== 'acl') return;
          await this.#write(path, to, closedAcl(from.acl));
        }),
      );
    });
  }

  /** See {@link AclCarrier.settle}. */
  async settle(judge: Judge): Promise<void> {
    for (let round = 1; round <= MAX_ROUNDS && this.#log.size > 0; round += 1) {
      const log = this.#log;
      this.#log = this.#context.openLog();
      try {
        await inChunks(log.backward(), { ...CHUNKS, signal: this.#context.signal }, (chunk) =>
          this.#settleChunk(chunk, judge),
        );
      } finally {
        log.close();
      }
    }
  }

  async #settleChunk(chunk: readonly Difference[], judge: Judge): Promise<void> {
    const { source, sink, verify } = this.#context;
    const paths = chunk.map(({ path }) => path);
    const [wanted, there] = await Promise.all([source.readAcls(paths), sink.readAcls(paths)]);
    const written: { readonly difference: Difference; readonly acl: AclSet }[] = [];
    await waitForAll(
      chunk.map(async (difference, index) => {
        const acl = await this.#settleOne(difference, wanted[index], {
          there: there[index],
          judge,
        });
        if (acl !== null) written.push({ difference, acl });
      }),
    );
    if (!verify || written.length === 0) return;
    const back = await sink.readAcls(written.map(({ difference }) => difference.path));
    written.forEach(({ difference, acl }, index) => {
      this.#compareWritten(difference, acl, back[index]);
    });
  }

  /** @returns the list that was set; null if none was */
  async #settleOne(
    { kind, path }: Difference,
    wanted: ReadAclResult | undefined,
    { there, judge }: { there: ReadAclResult | undefined; judge: Judge },
  ): Promise<AclSet | null> {
    const { record } = this.#context;
    if (record.aclRefusalOf(path) !== null) return null;
    if (there?.kind === 'forbidden') return this.#refuse('NoPermission', path);
    if (there?.kind !== 'acl') return null;
    const acl = await this.#finalAcl({ kind, path }, wanted, judge);
    if (acl === null || acl.key === there.acl.key) return null;
    const outcome = await this.#write(path, there, acl);
    if (outcome.kind === 'done') return this.#countDone(kind, acl);
    return this.#settleRefused({ kind, path }, outcome.kind);
  }

  #countDone(kind: Difference['kind'], acl: AclSet): AclSet {
    const { record } = this.#context;
    if (kind === 'acl') record.updated += 1;
    if (record.progress.phase === 'apply') record.advance(1);
    return acl;
  }

  #settleRefused({ kind, path }: Difference, why: Exclude<AclWriteOutcome['kind'], 'done'>): null {
    if (why === 'forbidden') return this.#refuse('NoPermission', path);
    if (why === 'unknown') return this.#refuse('UnknownAclScheme', path);
    if (why === 'tooLarge') return this.#refuse('TooLarge', path);
    if (why !== 'missing') this.later(path, kind === 'acl' ? 'acl' : 'update');
    return null;
  }

  /** What was opened although the source has no such znode gets back what it had. */
  async #finalAcl(
    { kind, path }: Difference,
    wanted: ReadAclResult | undefined,
    judge: Judge,
  ): Promise<AclSet | null> {
    if (wanted?.kind === 'missing') {
      const before = this.#opened.get(path) ?? null;
      // It is still at the destination: gone at the source, or only its list was said to be.
      if (before === null) this.later(path, kind === 'acl' ? 'acl' : 'update');
      return before;
    }
    return (await judge(path, wanted))?.acl ?? null;
  }

  #compareWritten(difference: Difference, acl: AclSet, back: ReadAclResult | undefined): void {
    const { path } = difference;
    if (back?.kind === 'missing') return;
    // A list that the server took, and does not give back as it was, would never settle.
    if (back?.kind !== 'acl') this.#refuse('NoPermission', path);
    else if (isRedacted(back.acl)) this.#refuse('RedactedAcl', path);
    else if (back.acl.key !== acl.key) this.#refuse('UnknownAclScheme', path);
  }

  async #write(path: string, there: ReadAcl, acl: AclSet): Promise<AclWriteOutcome> {
    const { sink, signal } = this.#context;
    signal.throwIfAborted();
    const outcome = await sink.writeAcl(path, acl, there.aclVersion);
    if (outcome.kind === 'done') {
      const { aclVersion: after, createdZxid } = outcome;
      this.onWritten?.({ path, createdZxid, before: there.aclVersion, after });
    }
    return outcome;
  }

  #refuse(reason: AclRefusal, path: string): null {
    const what = 'destination refused an access control list';
    return refuseAcl(this.#context, { path, reason, what });
  }
}
