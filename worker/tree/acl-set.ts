/** One entry of an access control list: who may do what. */
export interface AclEntry {
  /** Bits: read 1, write 2, create 4, delete 8, admin 16. */
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

/** An access control list. Two of them are the same if, and only if, their keys are. */
export interface AclSet {
  readonly key: string;
  readonly entries: readonly AclEntry[];
}

const ALL = 31;
const ADMIN = 16;

/** Most trees have a handful of different lists: each is kept once. Beyond this they come and go. */
const MAX_INTERNED = 4_096;
const interned = new Map<string, AclSet>();

/** The list as a set: servers keep no order and drop exact duplicates. */
export function aclSet(entries: readonly AclEntry[]): AclSet {
  const key = keyOf(entries);
  const known = interned.get(key);
  if (known !== undefined) return known;
  const made = { key, entries };
  if (interned.size < MAX_INTERNED) interned.set(key, made);
  return made;
}

/** Everybody may do everything: what a znode has that is created without a list. */
export const OPEN_ACL = aclSet([{ permissions: ALL, scheme: 'world', id: 'anyone' }]);

/**
 * True if a server has put `x` in the place of a digest, as it does (from 3.4.14 and 3.5.5 on) for
 * those that may not administer the znode. Written back, such a list would lock everybody out.
 */
export function isRedacted({ entries }: AclSet): boolean {
  return entries.some(isRedactedEntry);
}

/** As {@link isRedacted}, of one entry. */
export function isRedactedEntry({ scheme, id }: AclEntry): boolean {
  return scheme === 'digest' && id.endsWith(':x');
}

/**
 * The list under which whoever may administer the znode may also work on it. Nobody gains by it:
 * who may administer a znode can give himself every right.
 *
 * @returns null if nobody but a superuser may administer it
 */
export function workingAcl({ entries }: AclSet): AclSet | null {
  if (!entries.some(mayAdminister)) return null;
  return aclSet(
    entries.map((entry) => (mayAdminister(entry) ? { ...entry, permissions: ALL } : entry)),
  );
}

/**
 * A list that lets nobody in but those who may administer the znode under the given one: for the
 * moment in which its data still is the old and its list already the new, or the other way round.
 */
export function closedAcl({ entries }: AclSet): AclSet {
  const admins = entries.filter(mayAdminister).map((entry) => ({ ...entry, permissions: ALL }));
  // Only a superuser could write such a list; this one lets only a superuser in.
  return aclSet(admins.length > 0 ? admins : [{ permissions: 0, scheme: 'world', id: 'anyone' }]);
}

function mayAdminister({ permissions }: AclEntry): boolean {
  return (permissions & ADMIN) !== 0;
}

function keyOf(entries: readonly AclEntry[]): string {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return wordOf(only);
  return [...new Set(entries.map(wordOf))].sort().join('\n');
}

/** JSON would be slower; a line break in an id cannot make two lists one, for it is escaped. */
function wordOf({ permissions, scheme, id }: AclEntry): string {
  const word = `${permissions}:${scheme}:${id}`;
  return word.includes('\n') || word.includes('\\')
    ? word.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
    : word;
}
