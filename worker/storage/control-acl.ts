import { isRedactedEntry, type AclEntry } from '../tree/acl-set.ts';

const READ = 1;
const WRITE = 2;
const CREATE = 4;
const DELETE = 8;
const ADMIN = 16;
const ALL = 31;

/** Whoever the session is: the server writes down all its identities in the place of this entry. */
export const OWN: AclEntry = { permissions: ALL, scheme: 'auth', id: '' };

/**
 * The list of the control root: it is ours, and whoever may create znodes beside it may keep some of
 * his own in it. That opens nothing, and lets different users write different roots of one ensemble.
 * Deleting is part of it: no znode goes that has children, and what is below ours nobody else deletes.
 *
 * @param above the list of the znode above it
 */
export function controlRootAcl(above: readonly AclEntry[]): readonly AclEntry[] {
  return [OWN, ...sharedBy(above, READ | CREATE | DELETE)];
}

/**
 * The list of what is ours alone, and read by whoever keeps something beside it: another writer has
 * to see who writes a root that overlaps his own.
 *
 * @param root the list of the control root
 */
export function controlDirAcl(root: readonly AclEntry[]): readonly AclEntry[] {
  return [OWN, ...sharedBy(root, READ)];
}

/** True if everybody may change the znode, its children or its list. */
export function isOpenToAll(acl: readonly AclEntry[]): boolean {
  return acl.some(
    (entry) => isEverybody(entry) && (entry.permissions & (WRITE | CREATE | DELETE | ADMIN)) !== 0,
  );
}

/**
 * The list of a control root that everybody may change, closed: whoever made it so wanted others to
 * keep znodes in it, and they still may.
 *
 * @returns null if it is not open so far
 */
export function closedControlRootAcl(root: readonly AclEntry[]): readonly AclEntry[] | null {
  const isOpen = root.some(
    (entry) => isEverybody(entry) && (entry.permissions & (WRITE | ADMIN)) !== 0,
  );
  if (!isOpen) return null;
  const others = root.map((entry) =>
    isEverybody(entry) ? { ...entry, permissions: entry.permissions & ~(WRITE | ADMIN) } : entry,
  );
  return [OWN, ...others.filter(({ permissions }) => permissions !== 0)];
}

/** Who has all rights, for a person: scheme and user, without what may stand for a password. */
export function ownersOf(acl: readonly AclEntry[]): string {
  const owners = acl
    .filter(({ permissions }) => (permissions & ADMIN) !== 0)
    .map(({ scheme, id }) => `${scheme}:${scheme === 'digest' ? (id.split(':')[0] ?? '') : id}`);
  return owners.length === 0 ? 'nobody but a superuser' : [...new Set(owners)].join(', ');
}

/** Those that may create, with these rights; everybody, if he is among them, stands for all. */
function sharedBy(acl: readonly AclEntry[], permissions: number): readonly AclEntry[] {
  const creators = acl.filter(
    (entry) => (entry.permissions & CREATE) !== 0 && !isRedactedEntry(entry),
  );
  const everybody = creators.filter(isEverybody).slice(0, 1);
  const chosen = everybody.length > 0 ? everybody : creators;
  return chosen.map((entry) => ({ ...entry, permissions }));
}

function isEverybody({ scheme }: AclEntry): boolean {
  return scheme === 'world';
}
