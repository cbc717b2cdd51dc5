import { FakeClock } from '../../../testing/fake-clock.ts';
import type { Logger } from '../../../common/logger.ts';
import { AclCarrier } from '../acls/acl-carrier.ts';
import { openLog } from '../compare/compare-pass.ts';
import { sequenceCounter } from '../counters/sequence-counter.ts';
import { dataVersionCounter } from '../counters/data-version-counter.ts';
import { compileExclusionParents, compileExclusions } from '../../tree/exclusions.ts';
import { CounterRaiser } from '../counters/counter-raiser.ts';
import type { Refusal } from '../guards/guards.ts';
import type { Memo } from '../memo.ts';
import { MirrorRecord } from '../mirror-record.ts';
import { mirror } from '../mirror.ts';
import type { DestinationLock, MirrorOptions } from '../mirror-options.ts';
import type { TreeSink, TreeSource } from '../../tree/tree.ts';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { DEFAULT_WALK_LIMITS } from '../compare/walk.ts';

export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
};

/** Holds nothing, and has no memory unless a test gives it one. */
export class MemoryLock implements DestinationLock {
  zxid: bigint | null;
  memo: Memo | null = null;
  digestAlgorithm: string | null = null;
  adopted = 0;
  adoptedLast: 'tree' | 'nothing' | null = null;
  take: () => Promise<boolean> = () => Promise.resolve(false);

  constructor(lastWriteZxid: bigint | null = null) {
    this.zxid = lastWriteZxid;
  }

  lastWriteZxid(): Promise<bigint | null> {
    return Promise.resolve(this.zxid);
  }

  recall(): Promise<Memo | null> {
    return Promise.resolve(this.memo);
  }

  remember(memo: Memo): Promise<void> {
    this.memo = memo;
    return Promise.resolve();
  }

  confirm(): Promise<void> {
    return Promise.resolve();
  }

  adopt(found: 'tree' | 'nothing'): Promise<void> {
    this.adopted += 1;
    this.adoptedLast = found;
    return Promise.resolve();
  }
}

export interface RunMirrorOptions extends Partial<MirrorOptions> {
  readonly exclude?: readonly string[];
  /** Counters are carried over if it says how far each may be raised. */
  readonly maxCounterRaise?: number;
  /** As {@link maxCounterRaise}, for data versions. */
  readonly maxVersionRaise?: number;
}

/** Runs a mirror of `/test` with the documented defaults, except where a test says otherwise. */
export async function runMirror(
  source: TreeSource,
  sink: TreeSink,
  overrides: RunMirrorOptions = {},
): Promise<{ refusal: Refusal | null; record: MirrorRecord }> {
  const { exclude = [], maxCounterRaise, maxVersionRaise, ...rest } = overrides;
  const rootPath = rest.rootPath ?? '/test';
  const options: MirrorOptions = {
    source,
    sink,
    acls: null,
    counters: [],
    nodeTypes: null,
    record: new MirrorRecord(),
    logger: silentLogger,
    signal: new AbortController().signal,
    clock: new FakeClock(),
    rootPath,
    scope: exclude.join(),
    versionGaps: null,
    overlapsItself: false,
    lock: new MemoryLock(),
    witness: null,
    excluded: compileExclusions(exclude, rootPath),
    misplaced: null,
    mayExcludeChildOf: compileExclusionParents(exclude, rootPath),
    isHome: null,
    destinationDrift: 'Refuse',
    deletionPolicy: 'Mirror',
    deletionMaxPercent: 50,
    deletionMinCount: 100,
    allowEmptySource: false,
    createRootPath: true,
    maxBufferBytes: 64 * 1024 * 1024,
    dryRun: false,
    verify: true,
    limits: { ...DEFAULT_WALK_LIMITS, maxOps: 7 },
    ...rest,
  };
  const acls = rest.acls === undefined ? memoryAcls(source, sink, options) : rest.acls;
  const context = { ...options, acls, openLog: () => openLog(options) };
  const counters = [
    { counter: sequenceCounter, maxRaise: maxCounterRaise },
    { counter: dataVersionCounter(() => true), maxRaise: maxVersionRaise },
  ].flatMap(({ counter, maxRaise }) =>
    maxRaise === undefined ? [] : [new CounterRaiser({ ...context, counter, maxRaise })],
  );
  const refusal = await mirror({ ...options, acls, counters });
  return { refusal, record: options.record };
}

/** Carries lists over wherever both sides have some. */
function memoryAcls(source: TreeSource, sink: TreeSink, options: MirrorOptions): AclCarrier | null {
  if (!(source instanceof MemoryTree) || !(sink instanceof MemoryTree)) return null;
  return new AclCarrier({
    ...options,
    znodes: source,
    source,
    sink,
    openLog: () => openLog(options),
  });
}
