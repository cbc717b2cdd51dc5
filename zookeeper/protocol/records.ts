import type { Acl } from '../acl.ts';
import { EncodedStat, STAT_BYTES, type Stat } from '../stat.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

/** xids that mark frames outside the sequence of requests. */
export const NOTIFICATION_XID = -1;
export const PING_XID = -2;
export const AUTH_XID = -4;
export const SET_WATCHES_XID = -8;

export const SESSION_PASSWORD_BYTES = 16;

const PROTOCOL_VERSION = 0;

/** First frame of a connection; has no header. */
export interface ConnectRequest {
  lastZxidSeen: bigint;
  timeoutMs: number;
  /** 0 asks for a new session. */
  sessionId: bigint;
  password: Buffer;
}

export interface ConnectResponse {
  /** 0 or less: the session that was asked for does not exist any more. */
  timeoutMs: number;
  sessionId: bigint;
  password: Buffer;
  /** null: the server is older than 3.4, which is when servers began to say. */
  isReadOnly: boolean | null;
}

export function writeConnectRequest(writer: JuteWriter, request: ConnectRequest): void {
  writer.writeInt(PROTOCOL_VERSION);
  writer.writeLong(request.lastZxidSeen);
  writer.writeInt(request.timeoutMs);
  writer.writeLong(request.sessionId);
  writer.writeBuffer(request.password);
  // Never accept a server that lost its quorum: it would serve stale data without saying so.
  writer.writeBool(false);
}

/** Servers up to 3.3 send 36 bytes, later ones 37: the last tells a read-only server. */
export function readConnectResponse(reader: JuteReader): ConnectResponse {
  reader.readInt();
  const timeoutMs = reader.readInt();
  const sessionId = reader.readLong();
  const password = reader.readBuffer() ?? Buffer.alloc(0);
  const isReadOnly = reader.remaining > 0 ? reader.readBool() : null;
  return { timeoutMs, sessionId, password, isReadOnly };
}

export function writeRequestHeader(writer: JuteWriter, xid: number, opcode: number): void {
  writer.writeInt(xid);
  writer.writeInt(opcode);
}

export const REPLY_HEADER_BYTES = 16;

/** In front of every reply. Reused for all replies of a session: read it before the next arrives. */
export class ReplyHeader {
  xid = 0;
  /** The zxid in two halves, because a bigint would be an allocation for each reply. */
  zxidHigh = 0;
  zxidLow = 0;
  /** 0 or one of the server's error codes. */
  error = 0;

  read(reader: JuteReader): this {
    this.xid = reader.readInt();
    this.zxidHigh = reader.readInt();
    this.zxidLow = reader.readInt();
    this.error = reader.readInt();
    return this;
  }

  get zxid(): bigint {
    return joinLong(this.zxidHigh, this.zxidLow);
  }
}

/** A 64-bit value from its two halves, the lower one signed or not. */
export function joinLong(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

export function readStat(reader: JuteReader): Stat {
  const offset = reader.keep(STAT_BYTES);
  return new EncodedStat(reader.keptView, offset);
}

export interface DataAndStat {
  data: Buffer | null;
  stat: Stat;
}

/** The two lie side by side on the wire, so one copy serves both. */
export function readDataAndStat(reader: JuteReader): DataAndStat {
  const length = reader.readLength();
  const dataBytes = Math.max(length, 0);
  const offset = reader.keep(dataBytes + STAT_BYTES);
  const { kept, keptView } = reader;
  const dataEnd = offset + dataBytes;
  const data = length === -1 ? null : kept.subarray(offset, dataEnd);
  return { data, stat: new EncodedStat(keptView, dataEnd) };
}

const MIN_STRING_BYTES = 4;
const MIN_ACL_BYTES = 4 + MIN_STRING_BYTES + MIN_STRING_BYTES;

function readOneString(reader: JuteReader): string {
  return reader.readString();
}

export function readStrings(reader: JuteReader): string[] {
  return reader.readVector(readOneString, MIN_STRING_BYTES);
}

export function writeAcls(writer: JuteWriter, acls: readonly Acl[]): void {
  writer.writeInt(acls.length);
  for (const acl of acls) {
    writer.writeInt(acl.permissions);
    writer.writeString(acl.scheme);
    writer.writeString(acl.id);
  }
}

function readAcl(reader: JuteReader): Acl {
  return {
    permissions: reader.readInt(),
    scheme: reader.readString(),
    id: reader.readString(),
  };
}

export function readAcls(reader: JuteReader): Acl[] {
  return reader.readVector(readAcl, MIN_ACL_BYTES);
}

export interface Identity {
  scheme: string;
  id: string;
}

function readIdentity(reader: JuteReader): Identity {
  return { scheme: reader.readString(), id: reader.readString() };
}

export function readIdentities(reader: JuteReader): Identity[] {
  return reader.readVector(readIdentity, MIN_STRING_BYTES * 2);
}
