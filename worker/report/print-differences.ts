import type { Difference } from '../mirror/compare/difference-log.ts';
import type { MirrorRecord } from '../mirror/mirror-record.ts';
import { unicodeEscape } from '../tree/nameable.ts';

/** `text`: a sign and a path a line. `json`: an object a line. `summary`: the counts alone. */
export const DIFF_FORMATS = ['text', 'json', 'summary'] as const;
export type DiffFormat = (typeof DIFF_FORMATS)[number];

/** `+`: only at the source. `~`: on both sides, with different data. `a`: on both sides, with
 * the same data and different access control lists. `-`: only at the destination. */
const SIGNS = { create: '+', update: '~', delete: '-', acl: 'a' } as const;

/** Prints differences and their counts, one line each; gives back what to wait for before the next. */
export interface DifferencePrinter {
  difference(difference: Difference): Promise<void> | null;
  summary(rootPath: string, record: MirrorRecord): Promise<void> | null;
}

/** @param write takes a line with its end */
export function createPrinter(
  format: DiffFormat,
  write: (line: string) => Promise<void> | null,
): DifferencePrinter {
  return {
    difference({ kind, path }) {
      if (format === 'json') return write(`${JSON.stringify({ kind, path })}\n`);
      return format === 'text' ? write(`${SIGNS[kind]} ${escaped(path)}\n`) : null;
    },
    summary(rootPath, { created, updated, deleted, unchanged }) {
      const counts = { create: created, update: updated, delete: deleted, same: unchanged };
      if (format === 'json') {
        return write(`${JSON.stringify({ kind: 'summary', rootPath, ...counts })}\n`);
      }
      return write(`${differenceCounts(rootPath, { created, updated, deleted, unchanged })}\n`);
    },
  };
}

/**
 * A path as it may stand on a terminal and in a line: what would move the cursor, change the direction,
 * or end the line is written as in JSON. The backslash is doubled, so that each text is one path.
 */
function escaped(path: string): string {
  return path.replace(/[\\\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\\' ? '\\\\' : unicodeEscape(character),
  );
}

/** One sentence for a person. */
export function differenceCounts(
  rootPath: string,
  counts: Pick<MirrorRecord, 'created' | 'updated' | 'deleted' | 'unchanged'>,
): string {
  const { created, updated, deleted, unchanged } = counts;
  if (created + updated + deleted === 0) {
    return `${rootPath} is the same on both sides: ${unchanged} znodes.`;
  }
  return `${rootPath} differs: ${created} only at the source, ${updated} different, ${deleted} only at the destination, ${unchanged} the same.`;
}
