import { ZooKeeperError } from './errors.ts';

/** Nearly every path: printable ASCII, no name begins with a dot. Such a path is valid. */
const ordinaryPath = /^(?:\/[\x20-\x2d\x30-\x7e][\x20-\x2e\x30-\x7e]*)+$/;

/** The engine of regular expressions remembers each character of a match: not for megabytes. */
const MAX_ORDINARY_LENGTH = 4_096;

/**
 * Checks a path by the server's rules (PathUtils of Apache ZooKeeper), so that a mistake is
 * reported with its reason instead of as BadArguments, and so that no path can leave a chroot.
 *
 * @throws BadArguments
 */
export function checkPath(path: string): void {
  // Every path of every request comes by here: this takes a third of the time of the whole check.
  if (path.length <= MAX_ORDINARY_LENGTH && ordinaryPath.test(path)) return;
  checkUnusualPath(path);
}

function checkUnusualPath(path: string): void {
  if (!path.startsWith('/')) throw invalidPath(path, 'does not begin with /');
  if (path === '/') return;
  let segmentStart = 1;
  for (let index = 1; index <= path.length; index++) {
    const code = index === path.length ? SLASH : path.charCodeAt(index);
    if (code === SLASH) {
      checkSegment(path, segmentStart, index);
      segmentStart = index + 1;
    } else if (isForbidden(code)) {
      throw invalidPath(path, `contains U+${code.toString(16).toUpperCase().padStart(4, '0')}`);
    }
  }
}

const SLASH = 0x2f;
const DOT = 0x2e;

function isForbidden(code: number): boolean {
  if (code > 0x1f && code < 0x7f) return false;
  if (code <= 0x9f) return true;
  // Java judges single UTF-16 units: half of a surrogate pair is as forbidden as the whole.
  return (code >= 0xd800 && code <= 0xf8ff) || code >= 0xfff0;
}

function checkSegment(path: string, start: number, end: number): void {
  if (end === start) throw invalidPath(path, 'has an empty segment');
  const isDots =
    path.charCodeAt(start) === DOT &&
    (end - start === 1 || (end - start === 2 && path.charCodeAt(start + 1) === DOT));
  if (isDots) throw invalidPath(path, 'has a relative segment');
}

function invalidPath(path: string, reason: string): ZooKeeperError {
  return new ZooKeeperError('BadArguments', `path ${JSON.stringify(path)} ${reason}`, { path });
}
