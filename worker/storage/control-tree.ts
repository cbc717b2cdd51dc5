import { createHash } from 'node:crypto';
import { CONTROL_ROOT } from '../../api/znode-path.ts';
import type { Memo, MemoAcls, MemoTotals } from '../mirror/memo.ts';
import type { WitnessMark } from '../mirror/source-history.ts';

/**
 * Our own znodes at the destination:
 *
 * ```
 * /.resiliency-operator
 *   /<sha256 of the absolute root>    holds that root as JSON
 *     /holder-<run>                   ephemeral; who writes there now
 *     /last-write                     changes with every batch: its mzxid is that of our last write
 *     /memo                           what the last verified run leaves for the next one
 *     /acl-digests                    what belongs to it and is large, so that it is not written each time
 * ```
 *
 * And at the source, where the user may write there:
 *
 * ```
 * /.resiliency-operator
 *   /witness-<id>                     a random number, by which the next run knows the source again
 *     /run-<run>                      ephemeral; gone if the source was set back while it was read
 * ```
 *
 * It is not below the root's own znode: that one belongs to whoever writes the root, which is
 * somebody else once the source has become a destination.
 */
export interface ControlPaths {
  readonly root: string;
  readonly dir: string;
  readonly holder: string;
  readonly lastWrite: string;
  readonly memo: string;
  readonly aclDigests: string;
}

/** The absolute root is hashed because it may be longer than a name should be, and has slashes. */
export function controlDir(absoluteRoot: string): string {
  return `${CONTROL_ROOT}/${sha256(absoluteRoot)}`;
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
    aclDigests: `${dir}/acl-digests`,
  };
}

export const WITNESS_PREFIX = 'witness-';

/**
 * The witness of a copy: all that writers of one root have in common, for they share its memo, and no
 * other copy has. Two destinations may go by one name, and one may be a clone of another.
 *
 * @param id of what the destination remembers of the root
 */
export function witnessPath(copy: {
  readonly root: string;
  readonly copiedTo: string;
  readonly id: string;
}): string {
  const { root, copiedTo, id } = copy;
  return `${CONTROL_ROOT}/${WITNESS_PREFIX}${sha256(JSON.stringify([root, copiedTo, id]))}`;
}

/** The ephemeral of a run below a witness. */
export function witnessRunPath(witness: string, runUid: string): string {
  return `${witness}/run-${runUid}`;
}

/** What stands in a witness; the rest is for a person who finds it. */
export interface WitnessContent {
  /** Empty until a run has read everything. */
  readonly nonce: string;
  readonly root: string;
  readonly copiedTo: string;
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
  /** While one write is on its way that is too large to move the mark with. */
  readonly alone?: WriteAlone;
}

/** A write by which its znode can be known again. */
export interface WriteAlone {
  /** As the servers know it. */
  readonly path: string;
  /** Of its data, in hexadecimal digits. */
  readonly sha256: string;
}

/** A memo of another version is not understood, and so is none. */
export const MEMO_VERSION = 1;

/** What stands in the memo: a field more is a new optional field of {@link Memo}. */
export interface MemoContent {
  readonly version: typeof MEMO_VERSION;
  readonly totals: MemoTotals;
  readonly acls?: Omit<MemoAcls, keyof DigestsContent> & {
    /** sha256 of the digests that belong to it. */
    readonly digests: string;
  };
}

/** What stands beside the memo, because it changes less often and is larger. */
export type DigestsContent = Pick<MemoAcls, 'source' | 'destination'>;

/** The bytes of a memo, and of the digests beside it; those are null for one that has none. */
export function encodeMemo({ totals, acls }: Memo): { memo: Buffer; digests: Buffer | null } {
  if (acls === undefined) {
    return { memo: encode({ version: MEMO_VERSION, totals }), digests: null };
  }
  const { source, destination, ...rest } = acls;
  const digests = encode({ source, destination });
  const known = { ...rest, digests: sha256(digests) };
  return { memo: encode({ version: MEMO_VERSION, totals, acls: known }), digests };
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

/**
 * As {@link decodeRoot}, for a memo.
 *
 * @param digests what stands beside it; what belongs to another memo is none
 */
export function decodeMemo(data: Buffer | null, digests: Buffer | null): Memo | null {
  const { version, totals, acls } = decode(data);
  if (version !== MEMO_VERSION || !isObject(totals)) return null;
  const { znodes, bytes } = totals;
  if (!isCount(znodes) || !isCount(bytes)) return null;
  const known = decodeAcls(acls, digests);
  return { totals: { znodes, bytes }, ...(known === null ? {} : { acls: known }) };
}

function decodeAcls(value: unknown, digests: Buffer | null): MemoAcls | null {
  if (!isObject(value) || digests === null || value['digests'] !== sha256(digests)) return null;
  const { scope, digestAlgorithm = null, sourceZxid, destinationZxid, turn } = value;
  const known = decodeDigests(digests);
  const witness = decodeWitnessMark(value['witness']);
  if (known === null || witness === null || !isCount(turn)) return null;
  const about = decodeAbout({ scope, digestAlgorithm, sourceZxid, destinationZxid });
  return about === null ? null : { ...about, ...known, witness, turn };
}

type About = Pick<MemoAcls, 'scope' | 'digestAlgorithm' | 'sourceZxid' | 'destinationZxid'>;

function decodeAbout({
  scope,
  digestAlgorithm,
  sourceZxid,
  destinationZxid,
}: Record<keyof About, unknown>): About | null {
  if (typeof scope !== 'string') return null;
  if (digestAlgorithm !== null && typeof digestAlgorithm !== 'string') return null;
  if (!isZxid(sourceZxid) || !isZxid(destinationZxid)) return null;
  return { scope, digestAlgorithm, sourceZxid, destinationZxid };
}

function decodeDigests(data: Buffer): DigestsContent | null {
  const { source, destination } = decode(data);
  if (typeof source !== 'string' || typeof destination !== 'string') return null;
  return { source, destination };
}

/** A path that is no witness is not looked at, and never deleted, whoever wrote it down. */
function decodeWitnessMark(value: unknown): WitnessMark | null {
  if (!isObject(value)) return null;
  const { path, czxid, mzxid, nonce } = value;
  if (typeof path !== 'string' || !WITNESS_PATH.test(path)) return null;
  if (!isZxid(czxid) || !isZxid(mzxid) || !isNonce(nonce)) return null;
  return { path, czxid, mzxid, nonce };
}

const WITNESS_PATH = new RegExp(
  `^${CONTROL_ROOT.replace('.', '\\.')}/${WITNESS_PREFIX}[0-9a-f]{64}$`,
);

/** The nonce that stands in a witness; null for what we would not have written, and where there is none yet. */
export function decodeWitnessNonce(data: Buffer | null): string | null {
  const { nonce } = decode(data);
  return isNonce(nonce) ? nonce : null;
}

function isNonce(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

function isZxid(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-f]{1,16}$/.test(value);
}

/** The write that a mark was moved before, if it was too large to move it with; else null. */
export function decodeWriteAlone(data: Buffer | null): WriteAlone | null {
  const { alone } = decode(data);
  if (!isObject(alone)) return null;
  const { path, sha256 } = alone;
  return typeof path === 'string' && typeof sha256 === 'string' ? { path, sha256 } : null;
}

/** As it stands in a mark. */
export function writeAloneOf(path: string, data: Buffer | null): WriteAlone {
  return { path, sha256: sha256(data ?? '') };
}

/** True if the mark says that no batch was written since nothing was found. */
export function isWriteMarkOfNothing(data: Buffer | null): boolean {
  return decode(data)['hasWritten'] === false;
}

/** The bytes of a control znode: JSON, so that a person can read it. */
export function encode(
  content:
    ControlledRoot | Holder | WriteMarkContent | MemoContent | DigestsContent | WitnessContent,
): Buffer {
  return Buffer.from(JSON.stringify(content));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function decode(data: Buffer | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data?.toString('utf8') ?? '');
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
