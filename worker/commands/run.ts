import type { MirrorRecord } from '../mirror/mirror-record.ts';
import type { RunFacts } from '../report/worker-result.ts';
import type { OpenSides } from '../storage/open-sides.ts';

/** A run over two sides with sessions on them. */
export interface Run {
  readonly sides: OpenSides;
  readonly record: MirrorRecord;
  /** Filled in as it becomes known, for it is part of the result however the run ends. */
  readonly facts: { -readonly [K in keyof RunFacts]: RunFacts[K] };
}
