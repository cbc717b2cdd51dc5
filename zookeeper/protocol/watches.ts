import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { opcodes, type Operation } from './operation.ts';
import { SET_WATCHES_XID, writeRequestHeader } from './records.ts';

/** What happened to a znode, by the number on the wire (EventType in Watcher.Event). */
const changeTypes = {
  1: 'created',
  2: 'deleted',
  3: 'dataChanged',
  4: 'childrenChanged',
} as const;

export type ChangeType = (typeof changeTypes)[keyof typeof changeTypes];

/** A notification that something happened, not what the znode is now. */
export interface ChangeEvent {
  readonly type: ChangeType;
  readonly path: string;
  /** Of the change; servers before 3.9 do not say, and none does for what it replays. */
  readonly zxid: bigint | null;
}

/**
 * Reads the body of a notification: type i32, state i32, path.
 *
 * @param zxid of the frame's header
 * @returns null for what is no change of a znode: states of the session, removed watches
 */
export function readChangeEvent(reader: JuteReader, zxid: bigint): ChangeEvent | null {
  const types: Partial<Record<number, ChangeType>> = changeTypes;
  const type = types[reader.readInt()];
  reader.readInt();
  const path = reader.readString();
  return type === undefined ? null : { type, path, zxid: zxid > 0n ? zxid : null };
}

/** Persistent watches: `persistent` of one znode and its children, `recursive` of all below too. */
export type WatchMode = 'persistent' | 'recursive';

const watchModes = { persistent: 0, recursive: 1 } as const satisfies Record<WatchMode, number>;

export interface AddWatchRequest {
  path: string;
  mode: WatchMode;
}

function readNothing(): void {
  // The header said everything.
}

/** Since 3.6.0. */
export const addWatch: Operation<AddWatchRequest, void> = {
  name: 'watch',
  opcode: opcodes.addWatch,
  isWrite: false,
  write: (writer, { path, mode }) => {
    writer.writeString(path);
    writer.writeInt(watchModes[mode]);
  },
  read: readNothing,
};

/** Type "any": servers before 3.9 know no type for persistent watches alone. */
const ANY_WATCHER = 3;

/** Since 3.5.0. */
export const removeWatches: Operation<string, void> = {
  name: 'removeWatches',
  opcode: opcodes.removeWatches,
  isWrite: false,
  write: (writer, path) => {
    writer.writeString(path);
    writer.writeInt(ANY_WATCHER);
  },
  read: readNothing,
};

/** Paths of everything that is watched, by the kind of watch. */
export interface WatchedPaths {
  data: string[];
  exists: string[];
  children: string[];
  persistent: string[];
  recursive: string[];
}

/** In the order of the request's lists. */
const kindsInOrder = ['data', 'exists', 'children', 'persistent', 'recursive'] as const;

/** The kinds that every server knows; the others came with 3.6. */
const ONE_SHOT_KINDS = 3;

/**
 * So many bytes of paths go into one request, as in the Java client: it must stay below the
 * server's `jute.maxbuffer` (ZOOKEEPER-706).
 */
const MAX_PATH_BYTES = 128 * 1024;

type WatchKind = (typeof kindsInOrder)[number];

function emptyPaths(): WatchedPaths {
  return { data: [], exists: [], children: [], persistent: [], recursive: [] };
}

/** Cuts the lists into parts of at most 128 KiB of paths each; none when there are no paths. */
export function splitWatchedPaths(paths: WatchedPaths): WatchedPaths[] {
  const parts: WatchedPaths[] = [];
  let current = emptyPaths();
  let bytes = 0;
  const add = (kind: WatchKind, path: string): void => {
    const pathBytes = 4 + Buffer.byteLength(path);
    if (bytes > 0 && bytes + pathBytes > MAX_PATH_BYTES) {
      parts.push(current);
      current = emptyPaths();
      bytes = 0;
    }
    current[kind].push(path);
    bytes += pathBytes;
  };
  for (const kind of kindsInOrder) {
    for (const path of paths[kind]) add(kind, path);
  }
  if (bytes > 0) parts.push(current);
  return parts;
}

/**
 * Arms watches again on a new connection. For one-shot watches the server replays what they
 * missed, as far as it can tell; for persistent ones nothing.
 *
 * @param lastZxid the newest the client has seen: later changes are replayed
 */
export function writeSetWatches(writer: JuteWriter, paths: WatchedPaths, lastZxid: bigint): void {
  const hasPersistent = paths.persistent.length > 0 || paths.recursive.length > 0;
  writer.beginFrame();
  writeRequestHeader(
    writer,
    SET_WATCHES_XID,
    hasPersistent ? opcodes.setWatches2 : opcodes.setWatches,
  );
  writer.writeLong(lastZxid);
  for (const kind of hasPersistent ? kindsInOrder : kindsInOrder.slice(0, ONE_SHOT_KINDS)) {
    writer.writeInt(paths[kind].length);
    for (const path of paths[kind]) writer.writeString(path);
  }
  writer.endFrame();
}
