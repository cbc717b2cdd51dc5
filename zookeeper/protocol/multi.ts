import { openAcl, type Acl } from '../acl.ts';
import { createFlags, type CreateMode } from '../create-mode.ts';
import { errorCodeOf, protocolError, type ErrorCode } from '../errors.ts';
import type { Stat } from '../stat.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { opcodes, type Operation } from './operation.ts';
import {
  createOperation,
  readCreatedPathAndStat,
  writeCreate,
  writeSetData,
  writeVersioned,
} from './operations.ts';
import { readDataAndStat, readStat, readStrings, type ReplyHeader } from './records.ts';

/** A step of a transaction. `version` -1, the default, matches every version. */
export type MultiOp =
  | {
      readonly type: 'create';
      readonly path: string;
      readonly data: Uint8Array | null;
      /** Default: everybody may do everything. */
      readonly acl?: readonly Acl[];
      readonly mode?: CreateMode;
      /** Ask for the Stat (servers from 3.5 on; those before 3.9 do not return it in a multi). */
      readonly withStat?: boolean;
    }
  | { readonly type: 'delete'; readonly path: string; readonly version?: number }
  | {
      readonly type: 'setData';
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly version?: number;
    }
  | { readonly type: 'check'; readonly path: string; readonly version?: number };

export type MultiResult =
  | { readonly type: 'create'; readonly path: string; readonly stat: Stat | null }
  | { readonly type: 'delete' }
  | { readonly type: 'setData'; readonly stat: Stat }
  | { readonly type: 'check' };

export interface ErrorResult {
  readonly type: 'error';
  /** `RuntimeInconsistency` in a multi: not tried, because an earlier step failed. */
  readonly code: ErrorCode;
  readonly serverCode: number;
}

/** A step that succeeded before another one failed; it was undone. */
export interface UndoneResult {
  readonly type: 'undone';
}

export type FailedMultiResult = ErrorResult | UndoneResult;

/** A transaction that took effect. */
export interface MultiCommit {
  /** The czxid of what it created, and the mzxid of what it changed. */
  readonly zxid: bigint;
  readonly results: MultiResult[];
}

/** What a multi answers: everything or nothing took effect. */
export type MultiReply =
  | ({ readonly isCommitted: true } & MultiCommit)
  | { readonly isCommitted: false; readonly results: FailedMultiResult[] };

export type ReadOp =
  | { readonly type: 'getData'; readonly path: string }
  | { readonly type: 'getChildren'; readonly path: string };

export type ReadResult =
  | { readonly type: 'getData'; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly type: 'getChildren'; readonly children: string[] }
  | ErrorResult;

export interface MultiReadReply {
  /** zxid of the reply; the server's state that was read is at least that new. */
  zxid: bigint;
  results: ReadResult[];
}

/** In front of each step: type i32, done bool, error i32. */
const MULTI_HEADER_BYTES = 9;

function writeMultiHeader(writer: JuteWriter, type: number, done: boolean): void {
  writer.writeInt(type);
  writer.writeBool(done);
  writer.writeInt(-1);
}

type CreateOp = Extract<MultiOp, { type: 'create' }>;

function writeCreateOp(writer: JuteWriter, op: CreateOp): void {
  const { path, data, acl = openAcl, mode = 'persistent', withStat = false } = op;
  const { flags, ttlMs } = createFlags(mode);
  const request = { path, data, acl, flags, ttlMs };
  writeMultiHeader(writer, createOperation(request, withStat).opcode, false);
  writeCreate(writer, request);
}

function writeMultiOp(writer: JuteWriter, op: MultiOp): void {
  if (op.type === 'create') {
    writeCreateOp(writer, op);
    return;
  }
  const { type, path, version = -1 } = op;
  writeMultiHeader(writer, opcodes[type], false);
  if (type === 'setData') writeSetData(writer, { path, data: op.data, version });
  else writeVersioned(writer, { path, version });
}

/** The reply's own type decides: servers before 3.9 answer create2 as create, without a Stat. */
function readMultiResult(reader: JuteReader, type: number): MultiResult {
  switch (type) {
    case opcodes.create:
      return { type: 'create', path: reader.readString(), stat: null };
    case opcodes.create2:
    case opcodes.createContainer:
    case opcodes.createTtl:
      return { type: 'create', ...readCreatedPathAndStat(reader) };
    case opcodes.delete:
      return { type: 'delete' };
    case opcodes.setData:
      return { type: 'setData', stat: readStat(reader) };
    case opcodes.check:
      return { type: 'check' };
    default:
      throw protocolError(`unknown type ${type} in the reply to a multi`);
  }
}

const ERROR_TYPE = -1;

function readError(reader: JuteReader): ErrorResult | null {
  const serverCode = reader.readInt();
  return serverCode === 0 ? null : { type: 'error', code: errorCodeOf(serverCode), serverCode };
}

interface ResultHeader {
  type: number;
  isDone: boolean;
}

function readResultHeader(reader: JuteReader): ResultHeader {
  const type = reader.readInt();
  const isDone = reader.readBool();
  // The error repeats what follows in the body.
  reader.readInt();
  return { type, isDone };
}

/** A failed multi has no error in the frame's header: its slots tell. */
function readMultiReply(reader: JuteReader, { zxid }: ReplyHeader): MultiReply {
  const results: MultiResult[] = [];
  const failures: FailedMultiResult[] = [];
  for (;;) {
    const { type, isDone } = readResultHeader(reader);
    if (isDone) break;
    if (type === ERROR_TYPE) failures.push(readError(reader) ?? { type: 'undone' });
    else results.push(readMultiResult(reader, type));
  }
  if (failures.length === 0) return { isCommitted: true, zxid, results };
  return { isCommitted: false, results: failures };
}

/** Since 3.4. */
export const multi: Operation<readonly MultiOp[], MultiReply> = {
  name: 'multi',
  opcode: opcodes.multi,
  isWrite: true,
  write: (writer, ops) => {
    for (const op of ops) writeMultiOp(writer, op);
    writeMultiHeader(writer, -1, true);
  },
  read: readMultiReply,
};

function readReadResult(reader: JuteReader, type: number): ReadResult {
  switch (type) {
    case opcodes.getData: {
      const { data, stat } = readDataAndStat(reader);
      return { type: 'getData', data, stat };
    }
    case opcodes.getChildren:
      return { type: 'getChildren', children: readStrings(reader) };
    case ERROR_TYPE: {
      const error = readError(reader);
      if (error !== null) return error;
      throw protocolError('error 0 in the reply to a multiRead');
    }
    default:
      throw protocolError(`unknown type ${type} in the reply to a multiRead`);
  }
}

/** Since 3.6.0. The server takes nothing but these two kinds of read in it. */
export const multiRead: Operation<readonly ReadOp[], MultiReadReply> = {
  name: 'multiRead',
  opcode: opcodes.multiRead,
  isWrite: false,
  write: (writer, ops) => {
    for (const { type, path } of ops) {
      writeMultiHeader(writer, opcodes[type], false);
      writer.writeString(path);
      writer.writeBool(false);
    }
    writeMultiHeader(writer, -1, true);
  },
  read: (reader, header) => {
    const results: ReadResult[] = [];
    for (;;) {
      const { type, isDone } = readResultHeader(reader);
      if (isDone) return { zxid: header.zxid, results };
      results.push(readReadResult(reader, type));
    }
  },
};

/**
 * The same operation, whose reply is unreadable unless it answers each step: with fewer answers, nobody
 * could tell what became of the others.
 */
export function answeringEach<Request, Reply extends { readonly results: readonly unknown[] }>(
  operation: Operation<Request, Reply>,
  steps: number,
): Operation<Request, Reply> {
  return {
    ...operation,
    read: (reader, header) => {
      const reply = operation.read(reader, header);
      const { length } = reply.results;
      if (length === steps) return reply;
      throw protocolError(`${length} answers to the ${steps} steps of a ${operation.name}`);
    },
  };
}

function aclBytes(acls: readonly Acl[]): number {
  let bytes = 4;
  for (const { scheme, id } of acls) {
    bytes += 12 + Buffer.byteLength(scheme) + Buffer.byteLength(id);
  }
  return bytes;
}

/** Request header and terminator: what a multi without steps occupies, in bytes. */
export const EMPTY_MULTI_BYTES = 8 + MULTI_HEADER_BYTES;

/**
 * How much a step adds to the frame of a multi, in bytes; for packing steps into batches below
 * the server's limit. A chroot's length comes on top.
 */
export function multiOpBytes(op: MultiOp): number {
  // The path and its length, and the flags or the version.
  const base = MULTI_HEADER_BYTES + 4 + Buffer.byteLength(op.path) + 4;
  switch (op.type) {
    case 'create':
      return base + dataBytes(op) + aclBytes(op.acl ?? openAcl) + ttlBytes(op);
    case 'setData':
      return base + dataBytes(op);
    case 'delete':
    case 'check':
      return base;
  }
}

function dataBytes({ data }: { readonly data: Uint8Array | null }): number {
  return 4 + (data?.length ?? 0);
}

function ttlBytes({ mode }: CreateOp): number {
  return typeof mode === 'object' ? 8 : 0;
}
