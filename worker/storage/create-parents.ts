import { ZooKeeperError } from '../../zookeeper/index.ts';
import { WorkerFailure } from '../failure.ts';
import { isRedactedEntry, type AclEntry } from '../tree/acl-set.ts';
import { parentPath } from '../tree/paths.ts';
import type { CreatedParent, ListOfParent, ParentList } from '../tree/tree.ts';
import { OWN } from './control-acl.ts';
import { absolutePath, type Side } from './side.ts';
import { codeOf } from './error-code.ts';
import { sessionFailure } from './zookeeper-failure.ts';

/** Nobody says anything of what stands above all paths of a side, down to its chroot. */
const NO_LIST: ParentList = { whole: null, kept: [] };

/** A list to create a znode with; none: everybody may do everything. */
interface Choice {
  readonly list: CreatedParent['list'];
  readonly acl: readonly AclEntry[] | undefined;
}

/**
 * Creates what is missing above a path, topmost first. Not fenced: an empty znode that is there
 * already is just as good.
 *
 * @throws WorkerFailure `AuthenticationFailed` if that is not allowed, `SessionLost`
 */
export async function createParents(
  side: Side,
  path: string,
  listOf: ListOfParent | null,
): Promise<readonly CreatedParent[]> {
  const created: CreatedParent[] = [];
  for (const parent of await missingAbove(side, absolutePath(side.options, path))) {
    const own = ownPath(side, parent);
    const lists = own === null || listOf === null ? NO_LIST : await listOf(own);
    const list = await createOne(side, parent, listOf === null ? OPEN : choicesOf(lists));
    if (list !== null) created.push({ path: own ?? parent, list });
  }
  return created;
}

const OPEN: readonly Choice[] = [{ list: 'whole', acl: undefined }];

/** A server that does not take one of them takes the next; the last one is for those without identity. */
function choicesOf({ whole, kept }: ParentList): readonly Choice[] {
  const choices: Choice[] = [
    { list: 'own', acl: [OWN] },
    { list: 'inherited', acl: undefined },
  ];
  if (kept.length > 0) choices.unshift({ list: 'own', acl: [OWN, ...kept] });
  if (whole !== null) choices.unshift({ list: 'whole', acl: whole.entries });
  return choices;
}

/** @returns null if somebody else made it meanwhile */
async function createOne(
  side: Side,
  path: string,
  choices: readonly Choice[],
): Promise<CreatedParent['list'] | null> {
  const { session } = side;
  for (const [index, { list, acl }] of choices.entries()) {
    try {
      const entries = list === 'inherited' ? await listAbove(side, path) : acl;
      await session.create(path, Buffer.alloc(0), 'persistent', entries);
      return list;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'NodeExists') return null;
      if (code === 'InvalidAcl' && index < choices.length - 1) continue;
      throw code === 'NoAuth' ? notAllowed(path, error) : sessionFailure(side, error);
    }
  }
  return null;
}

/** Who may work there may also work below: it is no more open than that. */
async function listAbove(side: Side, path: string): Promise<readonly AclEntry[] | undefined> {
  const answer = await side.session.acls?.get(parentPath(path) ?? '/');
  // What the server hides of a login is no login: with it nobody but a superuser could administer it.
  const shown = answer?.acl.filter((entry) => !isRedactedEntry(entry));
  return shown?.length === 0 ? answer?.acl : shown;
}

/** Absolute paths, topmost first. One that may not be looked at is there. */
async function missingAbove(side: Side, absolute: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (
    let path = parentPath(absolute);
    path !== null && path !== '/' && !(await isThere(side, path));
    path = parentPath(path)
  ) {
    missing.unshift(path);
  }
  return missing;
}

async function isThere(side: Side, path: string): Promise<boolean> {
  try {
    return (await side.session.exists(path)) !== null;
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === 'NoAuth') return true;
    throw sessionFailure(side, error);
  }
}

/** As this side's user writes it; null for its chroot and what is above that. */
function ownPath({ options: { chroot } }: Side, absolute: string): string | null {
  return absolute.startsWith(`${chroot}/`) ? absolute.slice(chroot.length) : null;
}

function notAllowed(path: string, cause: unknown): WorkerFailure {
  const message = `The destination does not let this user create ${path}: check the ACL above it, or create the path.`;
  return new WorkerFailure('AuthenticationFailed', message, { cause });
}
