import type { MissSpan } from '../../schedule/miss-ledger.ts';
import type { Schedule } from '../../schedule/schedule.ts';
import type { Child } from './child.ts';
import type { Snapshot } from './snapshot.ts';

/** A stretch of time in which no other run could start. */
interface Occupation {
  readonly start: Date;
  /** Undefined: it goes on. */
  readonly end: Date | undefined;
}

/** The end of a run is seen within this; a slot that is replaced meanwhile is still its fault. */
const NOTICE_MS = 10_000;

/**
 * Why slots of a plan that is not suspended were missed, stretch by stretch: `Overlap` where a
 * run went on until the next slot came, since then nothing could have started it; else `Down`,
 * since somebody could have.
 */
export function missSpans(
  snapshot: Snapshot,
  stretch: {
    readonly after: Date;
    readonly through: Date;
    readonly schedule: Schedule;
    readonly now: Date;
  },
): readonly MissSpan[] {
  const { through } = stretch;
  const spans: MissSpan[] = [];
  let cursor = stretch.after;
  for (const { start, end } of occupations(snapshot)) {
    const blockedThrough = end === undefined ? through : lastBlocked({ start, end }, stretch);
    if (blockedThrough <= cursor || blockedThrough <= start) continue;
    if (start > cursor) spans.push({ reason: 'Down', through: start });
    spans.push({ reason: 'Overlap', through: blockedThrough });
    cursor = blockedThrough;
  }
  return cursor < through ? [...spans, { reason: 'Down', through }] : spans;
}

/** The newest slot that came while a run went on could have started when it ended: not that one. */
function lastBlocked(
  { start, end }: { readonly start: Date; readonly end: Date },
  { through, schedule }: { readonly through: Date; readonly schedule: Schedule },
): Date {
  const newest = schedule.latest(start, new Date(end.getTime() + NOTICE_MS));
  const blockedThrough = newest === undefined ? start : new Date(newest.getTime() - 1000);
  return blockedThrough < through ? blockedThrough : through;
}

/** Oldest first; under `Allow` nothing keeps anything from starting. */
function occupations({ spec, children, replaced }: Snapshot): readonly Occupation[] {
  if (spec.ok && spec.value.concurrencyPolicy === 'Allow') return [];
  const stopping = replaced.map(({ since }) => ({ start: since, end: undefined }));
  return [...stopping, ...children.map(occupationOf)]
    .filter((each) => each !== undefined)
    .sort((one, other) => one.start.getTime() - other.start.getTime());
}

function occupationOf(child: Child): Occupation | undefined {
  const { creationTimestamp } = child.object.metadata;
  const start = child.slot ?? new Date(creationTimestamp ?? NaN);
  if (Number.isNaN(start.getTime())) return undefined;
  if (child.state === 'Active') return { start, end: undefined };
  return child.completionTime && { start, end: child.completionTime };
}
