import type { Acl } from '../acl.ts';
import { CONTAINER_FLAGS } from '../create-mode.ts';
import type { Stat } from '../stat.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { opcodes, type Operation } from './operation.ts';
import {
  readAcls,
  readDataAndStat,
  readIdentities,
  readStat,
  readStrings,
  writeAcls,
  type DataAndStat,
  type Identity,
  type ReplyHeader,
} from './records.ts';

function writePath(writer: JuteWriter, path: string): void {
  writer.writeString(path);
}

function writePathAndNoWatch(writer: JuteWriter, path: string): void {
  writer.writeString(path);
  writer.writeBool(false);
}

function writePathAndWatch(writer: JuteWriter, path: string): void {
  writer.writeString(path);
  writer.writeBool(true);
}

function readNothing(): void {
  // The header said everything.
}

export interface CreateRequest {
  path: string;
  data: Uint8Array | null;
  acl: readonly Acl[];
  flags: number;
  ttlMs: number | null;
}

export interface CreateReply {
  /** The path as created: sequential znodes carry the server's number. */
  path: string;
  /** null where the request or the server's release does not return it. */
  stat: Stat | null;
}

export function writeCreate(writer: JuteWriter, request: CreateRequest): void {
  writer.writeString(request.path);
  writer.writeBuffer(request.data);
  writeAcls(writer, request.acl);
  writer.writeInt(request.flags);
  if (request.ttlMs !== null) writer.writeLong(BigInt(request.ttlMs));
}

function readCreatedPath(reader: JuteReader): CreateReply {
  return { path: reader.readString(), stat: null };
}

export function readCreatedPathAndStat(reader: JuteReader): CreateReply {
  return { path: reader.readString(), stat: readStat(reader) };
}

const createBase = { name: 'create', isWrite: true, write: writeCreate } as const;

export const create: Operation<CreateRequest, CreateReply> = {
  ...createBase,
  opcode: opcodes.create,
  read: readCreatedPath,
};

/** Since 3.5.0. */
export const create2: Operation<CreateRequest, CreateReply> = {
  ...createBase,
  opcode: opcodes.create2,
  read: readCreatedPathAndStat,
};

/** Since 3.5.1. */
export const createContainer: Operation<CreateRequest, CreateReply> = {
  ...createBase,
  opcode: opcodes.createContainer,
  read: readCreatedPathAndStat,
};

/** Since 3.5.3, where the server allows it. */
export const createTtl: Operation<CreateRequest, CreateReply> = {
  ...createBase,
  opcode: opcodes.createTtl,
  read: readCreatedPathAndStat,
};

/**
 * Plain `create` is understood by every server; its successor with a Stat only by those from
 * 3.5 on, and recently by ClickHouse Keeper. An unknown request costs the connection, so the
 * newer form is taken only where it is asked for or where there is no other.
 */
export function createOperation(
  { flags, ttlMs }: Pick<CreateRequest, 'flags' | 'ttlMs'>,
  withStat: boolean,
): Operation<CreateRequest, CreateReply> {
  if (ttlMs !== null) return createTtl;
  if (flags === CONTAINER_FLAGS) return createContainer;
  return withStat ? create2 : create;
}

export interface VersionedRequest {
  path: string;
  /** -1 matches every version. */
  version: number;
}

export function writeVersioned(writer: JuteWriter, request: VersionedRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.version);
}

export const deleteNode: Operation<VersionedRequest, void> = {
  name: 'delete',
  opcode: opcodes.delete,
  isWrite: true,
  write: writeVersioned,
  read: readNothing,
};

export const exists: Operation<string, Stat | null> = {
  name: 'exists',
  opcode: opcodes.exists,
  isWrite: false,
  write: writePathAndNoWatch,
  read: readStat,
  replyForNoNode: () => null,
};

/** The watch is armed even where there is no such znode. */
export const existsWatched: Operation<string, { stat: Stat | null }> = {
  name: 'existsAndWatch',
  opcode: opcodes.exists,
  isWrite: false,
  write: writePathAndWatch,
  read: (reader) => ({ stat: readStat(reader) }),
  replyForNoNode: () => ({ stat: null }),
};

export const getData: Operation<string, DataAndStat> = {
  name: 'getData',
  opcode: opcodes.getData,
  isWrite: false,
  write: writePathAndNoWatch,
  read: readDataAndStat,
};

export const getDataWatched: Operation<string, DataAndStat> = {
  ...getData,
  name: 'getDataAndWatch',
  write: writePathAndWatch,
};

export interface SetDataRequest extends VersionedRequest {
  data: Uint8Array | null;
}

export function writeSetData(writer: JuteWriter, request: SetDataRequest): void {
  writer.writeString(request.path);
  writer.writeBuffer(request.data);
  writer.writeInt(request.version);
}

export const setData: Operation<SetDataRequest, Stat> = {
  name: 'setData',
  opcode: opcodes.setData,
  isWrite: true,
  write: writeSetData,
  read: readStat,
};

export interface ChildrenReply {
  /** Names, not paths; in no particular order. */
  children: string[];
  stat: Stat;
}

export const getChildren: Operation<string, ChildrenReply> = {
  name: 'getChildren',
  opcode: opcodes.getChildren2,
  isWrite: false,
  write: writePathAndNoWatch,
  read: (reader) => ({ children: readStrings(reader), stat: readStat(reader) }),
};

export const getChildrenWatched: Operation<string, ChildrenReply> = {
  ...getChildren,
  name: 'getChildrenAndWatch',
  write: writePathAndWatch,
};

export interface AclReply {
  acl: Acl[];
  stat: Stat;
}

export const getAcl: Operation<string, AclReply> = {
  name: 'getAcl',
  opcode: opcodes.getAcl,
  isWrite: false,
  write: writePath,
  read: (reader) => ({ acl: readAcls(reader), stat: readStat(reader) }),
};

export interface SetAclRequest extends VersionedRequest {
  acl: readonly Acl[];
}

export const setAcl: Operation<SetAclRequest, Stat> = {
  name: 'setAcl',
  opcode: opcodes.setAcl,
  isWrite: true,
  write: (writer, request) => {
    writer.writeString(request.path);
    writeAcls(writer, request.acl);
    writer.writeInt(request.version);
  },
  read: readStat,
};

export interface SyncReply {
  zxid: bigint;
}

export const sync: Operation<string, SyncReply> = {
  name: 'sync',
  opcode: opcodes.sync,
  isWrite: false,
  write: writePath,
  read: (_reader: JuteReader, header: ReplyHeader) => ({ zxid: header.zxid }),
};

/** Since 3.6.0. */
export const getEphemerals: Operation<string, string[]> = {
  name: 'getEphemerals',
  opcode: opcodes.getEphemerals,
  isWrite: false,
  write: writePath,
  read: readStrings,
};

/** Since 3.6.0. */
export const getAllChildrenNumber: Operation<string, number> = {
  name: 'getAllChildrenNumber',
  opcode: opcodes.getAllChildrenNumber,
  isWrite: false,
  write: writePath,
  read: (reader) => reader.readInt(),
};

/** Since 3.7.0. */
export const whoAmI: Operation<null, Identity[]> = {
  name: 'whoAmI',
  opcode: opcodes.whoAmI,
  isWrite: false,
  write: readNothing,
  read: readIdentities,
};

/** Ends the session and removes its ephemeral znodes; the server then closes the connection. */
export const closeSession: Operation<null, void> = {
  name: 'close',
  opcode: opcodes.closeSession,
  isWrite: true,
  write: readNothing,
  read: readNothing,
};
