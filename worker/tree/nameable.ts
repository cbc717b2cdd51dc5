/**
 * What no request can name. ZooKeeper from 3.5 on refuses U+0000-001F, U+007F-009F, U+D800-F8FF and
 * U+FFF0-FFFF in a name, as UTF-16 units; servers of 3.4 take some of them. What is not UTF-8 is
 * decoded to U+FFFD, so that two such names may look alike: they are among these, too. And a name
 * that is empty, a dot or two, or has a slash would lead somewhere else.
 */
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const UNNAMEABLE = /[\0-\x1f/\x7f-\x9f\ud800-\uf8ff\ufff0-\uffff]|^\.{0,2}$/;

/** True if a client can ask for a znode of that name. */
export function isNameable(name: string): boolean {
  return !UNNAMEABLE.test(name);
}

/** A path for a person: characters that a terminal or a reader of JSON could stumble over as `\u009b`. */
export function shownPath(path: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it is about
  return path.replace(/[\0-\x1f\x7f-\x9f\ud800-\uf8ff\ufff0-\uffff]/g, unicodeEscape);
}

/** UTF-16 units as JSON escapes them: `\u009b`. */
export function unicodeEscape(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
