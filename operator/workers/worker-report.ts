import { PRESETS } from '../../api/presets.ts';
import {
  EXIT_CODES,
  GUARDS,
  HISTORY_REASONS,
  NOT_CARRIED,
  SKIP_REASONS,
  type ExitName,
  type NotCarried,
  type PendingCommands,
  type SkippedCount,
  type SourceHistory,
  type SourcePoint,
  type WorkerProgress,
  type WorkerResult,
} from '../../api/worker-contract.ts';
import { isJsonObject, type JsonObject } from '../kube/json-fields.ts';

const SIDES = ['source', 'destination'] as const;

/** A termination message, read: the result, or a sentence that says why it is none. */
export type Report =
  | { readonly ok: true; readonly result: WorkerResult }
  | { readonly ok: false; readonly problem: string };

/** Says which field is not as the contract wants it. */
class MalformedField extends Error {
  override readonly name = 'MalformedField';
}

/**
 * Reads a termination message. It may be empty, cut off or somebody else's: nothing of it is
 * believed that the contract does not describe.
 */
export function readReport(text: string): Report {
  if (text === '') return { ok: false, problem: 'It left no report.' };
  try {
    return { ok: true, result: parseResult(JSON.parse(text)) };
  } catch (error) {
    const why = error instanceof MalformedField ? error.message : 'it is not JSON, or was cut off';
    return { ok: false, problem: `Its report cannot be read: ${why}.` };
  }
}

const PHASES = ['connect', 'compare', 'apply', 'verify'] as const;

/**
 * Finds the newest progress in the end of a worker's log: lines of JSON with a field `progress`.
 * The first line may be cut off; lines that are something else are passed over.
 */
export function findProgress(
  logTail: string,
): { readonly progress: WorkerProgress; readonly time: string | undefined } | undefined {
  for (const line of logTail.split('\n').reverse()) {
    const entry = parseLine(line);
    if (entry === undefined || !isJsonObject(entry['progress'])) continue;
    try {
      const progress = parseProgress(entry['progress']);
      const { time } = entry as { time?: unknown };
      return { progress, time: typeof time === 'string' && isTime(time) ? time : undefined };
    } catch {
      continue;
    }
  }
  return undefined;
}

function parseLine(line: string): JsonObject | undefined {
  if (!line.startsWith('{') || !line.includes('"progress"')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return isJsonObject(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function parseProgress(value: JsonObject): WorkerProgress {
  return {
    phase: word(value, 'phase', PHASES),
    done: count(value, 'done'),
    total: value['total'] === null ? null : count(value, 'total'),
    ...(value['secondsLeft'] === undefined ? {} : { secondsLeft: count(value, 'secondsLeft') }),
  };
}

function parseResult(value: unknown): WorkerResult {
  const report = object(value, 'the report');
  if (report['version'] !== 1) throw new MalformedField('its version is not 1');
  return {
    version: 1,
    outcome: word(report, 'outcome', Object.keys(EXIT_CODES) as ExitName[]),
    message: text(report, 'message'),
    ...(report['guard'] === undefined ? {} : { guard: word(report, 'guard', GUARDS) }),
    dryRun: flag(report, 'dryRun'),
    verified: flag(report, 'verified'),
    fenced: flag(report, 'fenced'),
    settled: report['settled'] === null ? null : flag(report, 'settled'),
    ...(report['source'] === undefined ? {} : { source: parseSource(report['source']) }),
    ...(report['sourceHistory'] === undefined
      ? {}
      : { sourceHistory: parseHistory(report['sourceHistory']) }),
    ...(report['aclsVerifiedTime'] === undefined
      ? {}
      : { aclsVerifiedTime: time(report, 'aclsVerifiedTime') }),
    counts: counts(report, 'counts', ['created', 'updated', 'deleted', 'unchanged']),
    skipped: list(report, 'skipped').map(parseSkipped),
    notCarried: list(report, 'notCarried').map(parseNotCarried),
    ...(report['pendingCommands'] === undefined
      ? {}
      : { pendingCommands: list(report, 'pendingCommands').map(parsePendingCommands) }),
    bytesWritten: count(report, 'bytesWritten'),
    durations: counts(report, 'durations', ['compareMs', 'applyMs', 'verifyMs', 'totalMs']),
  };
}

function parseSource(value: unknown): SourcePoint {
  const source = object(value, 'source');
  const point = { time: time(source, 'time', 'source.time') };
  if (source['zxid'] === undefined) return point;
  const zxid = text(source, 'zxid');
  if (!/^0x[0-9a-f]{1,16}$/.test(zxid)) throw new MalformedField('source.zxid is no zxid');
  return { zxid, ...point };
}

function parseHistory(value: unknown): SourceHistory {
  const history = object(value, 'sourceHistory');
  return { proved: flag(history, 'proved'), reason: word(history, 'reason', HISTORY_REASONS) };
}

function time(value: JsonObject, field: string, name = field): string {
  const found = text(value, field);
  if (!isTime(found)) throw new MalformedField(`${name} is no time`);
  return found;
}

function parseSkipped(value: unknown): SkippedCount {
  const skipped = object(value, 'skipped');
  return {
    reason: word(skipped, 'reason', SKIP_REASONS),
    count: count(skipped, 'count'),
    paths: pathsOf(skipped),
  };
}

function parseNotCarried(value: unknown): NotCarried {
  const entry = object(value, 'notCarried');
  return {
    what: word(entry, 'what', NOT_CARRIED),
    ...(entry['count'] === undefined ? {} : { count: count(entry, 'count') }),
    ...(entry['paths'] === undefined ? {} : { paths: pathsOf(entry) }),
    ...(entry['missing'] === undefined ? {} : { missing: count(entry, 'missing') }),
    ...(entry['remedy'] === undefined ? {} : { remedy: text(entry, 'remedy') }),
  };
}

function parsePendingCommands(value: unknown): PendingCommands {
  const entry = object(value, 'pendingCommands');
  return {
    preset: word(entry, 'preset', PRESETS),
    side: word(entry, 'side', SIDES),
    count: count(entry, 'count'),
    paths: pathsOf(entry),
    remedy: text(entry, 'remedy'),
  };
}

function pathsOf(value: JsonObject): string[] {
  return list(value, 'paths').filter((path) => typeof path === 'string');
}

function object(value: unknown, field: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new MalformedField(`${field} is no object`);
}

function list(value: JsonObject, field: string): readonly unknown[] {
  const found = value[field];
  if (Array.isArray(found)) return found;
  throw new MalformedField(`${field} is no list`);
}

function text(value: JsonObject, field: string): string {
  const found = value[field];
  if (typeof found === 'string') return found;
  throw new MalformedField(`${field} is no text`);
}

function flag(value: JsonObject, field: string): boolean {
  const found = value[field];
  if (typeof found === 'boolean') return found;
  throw new MalformedField(`${field} is neither true nor false`);
}

/** Durations may come with fractions; the status takes whole numbers. */
function count(value: JsonObject, field: string): number {
  const found = value[field];
  if (typeof found === 'number' && found >= 0 && Number.isSafeInteger(Math.round(found))) {
    return Math.round(found);
  }
  throw new MalformedField(`${field} is no count`);
}

function word<W extends string>(value: JsonObject, field: string, words: readonly W[]): W {
  const found = words.find((each) => each === value[field]);
  if (found !== undefined) return found;
  throw new MalformedField(`${field} is none of ${words.join(', ')}`);
}

function counts<K extends string>(
  value: JsonObject,
  field: string,
  members: readonly K[],
): Record<K, number> {
  const found = object(value[field], field);
  const entries = members.map((member) => [member, count(found, member)] as const);
  return Object.fromEntries(entries) as Record<K, number>;
}

/** RFC 3339, as the API server demands it of a status. */
function isTime(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value);
}
