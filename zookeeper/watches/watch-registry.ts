import { ZooKeeperError } from '../errors.ts';
import type { ChangeEvent, ChangeType, WatchMode, WatchedPaths } from '../protocol/watches.ts';
import type { OneShotWatch, Watch } from './watch.ts';

/** Which of a znode's changes a one-shot watch is about; a deletion is about all of them. */
export type OneShotKind = 'data' | 'exists' | 'children';

interface PersistentEntry {
  readonly mode: WatchMode;
  readonly watches: Set<Watch>;
}

interface OneShotEntry {
  readonly watch: OneShotWatch;
  /** null until the server has confirmed: events before that belong to earlier watches. */
  kind: OneShotKind | null;
}

const kindsOfChange: Record<ChangeType, ReadonlySet<OneShotKind>> = {
  created: new Set(['data', 'exists']),
  dataChanged: new Set(['data', 'exists']),
  childrenChanged: new Set(['children']),
  deleted: new Set(['data', 'exists', 'children']),
};

/**
 * Who watches what, by absolute path: gives each event to those it concerns, once each, and
 * knows what to arm again on a new connection. Owns no socket.
 *
 * One path carries one sort of watch at a time. Before 3.9 a server keeps one mode for each path
 * and session, so a one-shot watch silently ends a persistent one (ZOOKEEPER-4466), and one
 * persistent mode the other; and removing one sort removes all (ZOOKEEPER-1910).
 */
export class WatchRegistry {
  readonly #toCallerPath: (path: string) => string;
  readonly #persistent = new Map<string, PersistentEntry>();
  readonly #oneShots = new Map<string, Set<OneShotEntry>>();

  /** @param toCallerPath translates the path of an event for the caller */
  constructor(toCallerPath: (path: string) => string) {
    this.#toCallerPath = toCallerPath;
  }

  get isEmpty(): boolean {
    return this.#persistent.size === 0 && this.#oneShots.size === 0;
  }

  /** @throws BadArguments when the path is watched in another way */
  addPersistent(path: string, mode: WatchMode, watch: Watch): void {
    const there = this.#persistent.get(path);
    if (there !== undefined && there.mode !== mode) throw this.#conflict(path, there.mode);
    if (this.#oneShots.has(path)) throw this.#conflict(path, 'one-shot');
    if (there !== undefined) there.watches.add(watch);
    else this.#persistent.set(path, { mode, watches: new Set([watch]) });
  }

  /** @returns whether it was there and the last one of its path */
  removePersistent(path: string, watch: Watch): boolean {
    const there = this.#persistent.get(path);
    if (there?.watches.delete(watch) !== true || there.watches.size > 0) return false;
    return this.#persistent.delete(path);
  }

  /**
   * Takes note of a one-shot watch that is about to be asked for. It gets no events until armed.
   *
   * @throws BadArguments when the path has a persistent watch
   */
  addOneShot(path: string, watch: OneShotWatch): void {
    const persistent = this.#persistent.get(path);
    if (persistent !== undefined) throw this.#conflict(path, persistent.mode);
    const entries = this.#oneShots.get(path) ?? new Set();
    this.#oneShots.set(path, entries.add({ watch, kind: null }));
  }

  /** The server has it: must be called before the next event is dispatched. */
  armOneShot(path: string, watch: OneShotWatch, kind: OneShotKind): void {
    for (const entry of this.#oneShots.get(path) ?? []) {
      if (entry.watch === watch) entry.kind = kind;
    }
  }

  removeOneShot(path: string, watch: OneShotWatch): void {
    this.#keepOneShots(path, (entry) => entry.watch !== watch);
  }

  dispatch(event: ChangeEvent): void {
    const told = { ...event, path: this.#toCallerPath(event.path) };
    this.#dispatchPersistent(event, told);
    const kinds = kindsOfChange[event.type];
    this.#keepOneShots(event.path, ({ watch, kind }) => {
      if (kind === null || !kinds.has(kind)) return true;
      watch.fire(told);
      return false;
    });
  }

  /** A new connection was made: persistent watches missed what happened meanwhile. */
  resync(): void {
    for (const { watches } of this.#persistent.values()) {
      for (const watch of watches) watch.push({ type: 'resync', reason: 'reconnected' });
    }
  }

  /** The session is over, and all watches with it. */
  end(error: ZooKeeperError): void {
    const persistent = [...this.#persistent.values()].flatMap(({ watches }) => [...watches]);
    const oneShots = [...this.#oneShots.values()].flatMap((entries) => [...entries]);
    this.#persistent.clear();
    this.#oneShots.clear();
    for (const watch of persistent) watch.sessionEnded(error);
    for (const { watch } of oneShots) watch.sessionEnded(error);
  }

  /** What a new connection has to arm again. */
  watchedPaths(): WatchedPaths {
    const oneShotPaths = (kind: OneShotKind): string[] =>
      [...this.#oneShots]
        .filter(([, entries]) => [...entries].some((entry) => entry.kind === kind))
        .map(([path]) => path);
    const persistentPaths = (mode: WatchMode): string[] =>
      [...this.#persistent].filter(([, entry]) => entry.mode === mode).map(([path]) => path);
    return {
      data: oneShotPaths('data'),
      exists: oneShotPaths('exists'),
      children: oneShotPaths('children'),
      persistent: persistentPaths('persistent'),
      recursive: persistentPaths('recursive'),
    };
  }

  /** Recursive watches are told of the children themselves, not that a list of them changed. */
  #dispatchPersistent({ path, type }: ChangeEvent, told: ChangeEvent): void {
    const exact = this.#persistent.get(path);
    if (exact?.mode === 'persistent') tell(exact, told);
    if (type === 'childrenChanged') return;
    for (const ancestor of pathAndAncestors(path)) {
      const entry = this.#persistent.get(ancestor);
      if (entry?.mode === 'recursive') tell(entry, told);
    }
  }

  #keepOneShots(path: string, isKept: (entry: OneShotEntry) => boolean): void {
    const entries = this.#oneShots.get(path);
    if (entries === undefined) return;
    for (const entry of [...entries]) {
      if (!isKept(entry)) entries.delete(entry);
    }
    if (entries.size === 0) this.#oneShots.delete(path);
  }

  #conflict(path: string, sort: WatchMode | 'one-shot'): ZooKeeperError {
    const own = this.#toCallerPath(path);
    const message =
      `${own} has a ${sort} watch of this client, and before 3.9 servers let one sort of watch ` +
      'end another on the same path: close that one first, or use a second client';
    return new ZooKeeperError('BadArguments', message, { path: own, operation: 'watch' });
  }
}

function tell({ watches }: PersistentEntry, event: ChangeEvent): void {
  for (const watch of watches) watch.push(event);
}

function* pathAndAncestors(path: string): Generator<string> {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    yield path.slice(0, end);
  }
  if (path !== '/') yield '/';
}
