import type { Acl } from '../acl.ts';
import { EncodedStat, statBytes, type Stat } from '../stat.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

/** xids that mark frames outside the sequence of requests. */
export const notificationXid = -1;
export const pingXid = -2;
export const authXid = -4;
export const setWatchesXid = -8;

export const sessionPasswordBytes = 16;

const protocolVersion = 0;

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
  writer.writeInt(protocolVersion);
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

export const replyHeaderBytes = 16;

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
  const offset = reader.keep(statBytes);
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
  const offset = reader.keep(dataBytes + statBytes);
  const { kept, keptView } = reader;
  const dataEnd = offset + dataBytes;
  const data = length === -1 ? null : kept.subarray(offset, dataEnd);
  return { data, stat: new EncodedStat(keptView, dataEnd) };
}

const minStringBytes = 4;
const minAclBytes = 4 + minStringBytes + minStringBytes;

function readOneString(reader: JuteReader): string {
  return reader.readString();
}

export function readStrings(reader: JuteReader): string[] {
  return reader.readVector(readOneString, minStringBytes);
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
  return reader.readVector(readAcl, minAclBytes);
}

export interface Identity {
  scheme: string;
  id: string;
}

function readIdentity(reader: JuteReader): Identity {
  return { scheme: reader.readString(), id: reader.readString() };
}

export function readIdentities(reader: JuteReader): Identity[] {
  return reader.readVector(readIdentity, minStringBytes * 2);
}
