import { accessSync, constants, writeFileSync } from 'node:fs';
import { TERMINATION_MESSAGE_MAX_BYTES, type WorkerResult } from '../../api/worker-contract.ts';

/** Longest path that is kept when room is short, in bytes. */
const SHORT_PATH_BYTES = 120;
const SHORT_MESSAGE_BYTES = 600;
const SHORT_REMEDY_BYTES = 120;
const ELLIPSIS = '…';

type Shortening = (result: WorkerResult) => WorkerResult;

/** From what is missed least to what is missed most; each goes on from the one before. */
const SHORTENINGS: readonly Shortening[] = [
  (result) => mapPaths(result, (paths) => paths.map((path) => cut(path, SHORT_PATH_BYTES))),
  (result) => mapPaths(result, (paths) => paths.slice(0, 1)),
  (result) => ({ ...result, message: cut(result.message, SHORT_MESSAGE_BYTES) }),
  (result) => mapRemedies(result, (remedy) => cut(remedy, SHORT_REMEDY_BYTES)),
  (result) => mapPaths(result, () => []),
  (result) => ({ ...result, message: '', skipped: [] }),
];

/**
 * The JSON of a result in less than {@link TERMINATION_MESSAGE_MAX_BYTES} bytes of UTF-8, whatever
 * the paths: the kubelet would cut the rest, and half a JSON is none. Counts are always kept.
 */
export function terminationMessage(result: WorkerResult): string {
  let shortened = result;
  let json = JSON.stringify(shortened);
  for (const shorten of SHORTENINGS) {
    if (Buffer.byteLength(json) < TERMINATION_MESSAGE_MAX_BYTES) break;
    shortened = shorten(shortened);
    json = JSON.stringify(shortened);
  }
  return json;
}

/** Writes the message where the kubelet looks for it; null means that nobody does. */
export function writeTerminationMessage(path: string | null, result: WorkerResult): void {
  if (path !== null) writeFileSync(path, terminationMessage(result));
}

/** True if this process may write to the file. */
export function isWritableFile(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Shortens to at most `maxBytes` of UTF-8, never within a character; a cut shows as an ellipsis. */
export function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const room = maxBytes - Buffer.byteLength(ELLIPSIS);
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    end += character.length;
  }
  return text.slice(0, end) + ELLIPSIS;
}

function mapPaths(
  result: WorkerResult,
  change: (paths: readonly string[]) => readonly string[],
): WorkerResult {
  return {
    ...result,
    skipped: result.skipped.map((entry) => ({ ...entry, paths: change(entry.paths) })),
    notCarried: result.notCarried.map((entry) =>
      entry.paths === undefined ? entry : { ...entry, paths: change(entry.paths) },
    ),
    ...(result.pendingCommands && {
      pendingCommands: result.pendingCommands.map((entry) => ({
        ...entry,
        paths: change(entry.paths),
      })),
    }),
  };
}

function mapRemedies(result: WorkerResult, change: (remedy: string) => string): WorkerResult {
  return {
    ...result,
    notCarried: result.notCarried.map((entry) =>
      entry.remedy === undefined ? entry : { ...entry, remedy: change(entry.remedy) },
    ),
    ...(result.pendingCommands && {
      pendingCommands: result.pendingCommands.map((entry) => ({
        ...entry,
        remedy: change(entry.remedy),
      })),
    }),
  };
}
