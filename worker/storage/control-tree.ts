import { createHash } from 'node:crypto';
import { CONTROL_ROOT } from '../../api/znode-path.ts';
import type { Memo, MemoAcls } from '../mirror/memo.ts';

/**
 * Our own znodes at the destination:
 *
 * ```
 * /.resiliency-operator
 *   /<sha256 of the absolute root>    holds that root as JSON
 *     /holder-<run>                   ephemeral; who writes there now
 *     /last-write                     changes with every batch: its mzxid is that of our last write
 *     /memo                           what the last verified run leaves for the next one
 * ```
 */
export interface ControlPaths {
  readonly root: string;
  readonly dir: string;
  readonly holder: string;
  readonly lastWrite: string;
  readonly memo: string;
}

/** The absolute root is hashed because it may be longer than a name should be, and has slashes. */
export function controlDir(absoluteRoot: string): string {
  return `${CONTROL_ROOT}/${createHash('sha256').update(absoluteRoot).digest('hex')}`;
}

export const HOLDER_PREFIX = 'holder-';

/** Paths for one run into one root. */
export function controlPaths(absoluteRoot: string, runUid: string): ControlPaths {
  const dir = controlDir(absoluteRoot);
  return {
    root: CONTROL_ROOT,
    dir,
    holder: `${dir}/${HOLDER_PREFIX}${runUid}`,
    lastWrite: `${dir}/last-write`,
    memo: `${dir}/memo`,
  };
}

/** What stands in the znode of a root. */
export interface ControlledRoot {
  readonly root: string;
}

/** What stands in a holder. */
export interface Holder {
  readonly writerId: string;
  readonly host: string;
  readonly startTime: string;
}

/** What stands in the mark that changes with every batch. */
export interface WriteMarkContent {
  readonly writerId: string;
  readonly runUid: string;
  /** False until the first batch of a run that found nothing at the destination. */
  readonly hasWritten?: false;
}

/** A memo of another version is not understood, and so is none. */
export const MEMO_VERSION = 1;

/** What stands in the memo: a field more is a new optional field of {@link Memo}. */
export interface MemoContent extends Memo {
  readonly version: typeof MEMO_VERSION;
}

/** The content of one of our znodes; null if it is not what we would have written. */
export function decodeRoot(data: Buffer | null): ControlledRoot | null {
  const { root } = decode(data);
  return typeof root === 'string' ? { root } : null;
}

/** As {@link decodeRoot}, for a holder. */
export function decodeHolder(data: Buffer | null): Holder | null {
  const { writerId, host, startTime } = decode(data);
  if (typeof writerId !== 'string') return null;
  return { writerId, host: String(host), startTime: String(startTime) };
}

/** As {@link decodeRoot}, for a memo. */
export function decodeMemo(data: Buffer | null): Memo | null {
  const { version, totals, acls } = decode(data);
  if (version !== MEMO_VERSION || typeof totals !== 'object' || totals === null) return null;
  const { znodes, bytes } = totals as Record<string, unknown>;
  if (!isCount(znodes) || !isCount(bytes)) return null;
  const known = decodeAcls(acls);
  return { totals: { znodes, bytes }, ...(known === null ? {} : { acls: known }) };
}

function decodeAcls(value: unknown): MemoAcls | null {
  if (typeof value !== 'object' || value === null) return null;
  const { scope, sourceZxid, destinationZxid, source, destination } = value as Record<
    string,
    unknown
  >;
  const isComplete =
    typeof scope === 'string' && typeof source === 'string' && typeof destination === 'string';
  if (!isComplete || !isZxid(sourceZxid) || !isZxid(destinationZxid)) return null;
  return { scope, sourceZxid, destinationZxid, source, destination };
}

function isZxid(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-f]{1,16}$/.test(value);
}

/** True if the mark says that no batch was written since nothing was found. */
export function isWriteMarkOfNothing(data: Buffer | null): boolean {
  return decode(data)['hasWritten'] === false;
}

/** The bytes of a control znode: JSON, so that a person can read it. */
export function encode(content: ControlledRoot | Holder | WriteMarkContent | MemoContent): Buffer {
  return Buffer.from(JSON.stringify(content));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function decode(data: Buffer | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data?.toString('utf8') ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
