import type { AuthInfo } from '../acl.ts';
import { ZooKeeperError, errorCodeOf, protocolError, serverError } from '../errors.ts';
import type { JuteReader } from '../protocol/jute-reader.ts';
import { JuteWriter } from '../protocol/jute-writer.ts';
import { opcodes } from '../protocol/operation.ts';
import { closeSession } from '../protocol/operations.ts';
import {
  AUTH_XID,
  ReplyHeader,
  PING_XID,
  readConnectResponse,
  SESSION_PASSWORD_BYTES,
  writeConnectRequest,
  writeRequestHeader,
  type ConnectResponse,
} from '../protocol/records.ts';

/** What a session presents to a server, to be created (id 0) or to be taken up again. */
export interface SessionOffer {
  sessionId: bigint;
  password: Buffer;
  timeoutMs: number;
  lastZxid: bigint;
}

/**
 * A part of the handshake after the server's response: writes its packets, then consumes replies
 * until it is done. Steps run one after another, before any user request.
 */
export interface HandshakeStep {
  begin(writer: JuteWriter): void;
  /**
   * @param reader at the reply's body
   * @param writer for what the step says next
   * @returns whether the step is complete
   * @throws ZooKeeperError when the server refuses
   */
  accept(header: ReplyHeader, reader: JuteReader, writer: JuteWriter): boolean;
  /** The server closed during this step: what that means here, null if nothing in particular. */
  explainClose?(): ZooKeeperError | null;
}

export function writeAuth(writer: JuteWriter, { scheme, credential }: AuthInfo): void {
  writer.beginFrame();
  writeRequestHeader(writer, AUTH_XID, opcodes.auth);
  writer.writeInt(0);
  writer.writeString(scheme);
  writer.writeBuffer(credential);
  writer.endFrame();
}

export function writePing(writer: JuteWriter): void {
  writer.beginFrame();
  writeRequestHeader(writer, PING_XID, opcodes.ping);
  writer.endFrame();
}

/** For a session that was given and not wanted. */
export function writeCloseSession(writer: JuteWriter): void {
  writer.beginFrame();
  writeRequestHeader(writer, 1, closeSession.opcode);
  writer.endFrame();
}

/**
 * Presents all identities, then pings: a server that demands another kind of authentication
 * accepts the session and refuses the first request, so the ping finds out (-124) before anybody
 * is told that there is a connection.
 */
export class AuthenticationStep implements HandshakeStep {
  readonly #identities: () => readonly AuthInfo[];
  #missingAuths = 0;
  #isPingMissing = true;

  /** @param identities asked when the step begins, which is when earlier ones have decided */
  constructor(identities: () => readonly AuthInfo[]) {
    this.#identities = identities;
  }

  begin(writer: JuteWriter): void {
    const identities = this.#identities();
    this.#missingAuths = identities.length;
    for (const identity of identities) writeAuth(writer, identity);
    writePing(writer);
  }

  accept(header: ReplyHeader): boolean {
    if (header.error !== 0) throw authenticationError(header.error);
    if (header.xid === AUTH_XID && this.#missingAuths > 0) this.#missingAuths--;
    else if (header.xid === PING_XID && this.#isPingMissing) this.#isPingMissing = false;
    else throw protocolError(`reply with xid ${header.xid} during authentication`);
    return this.#missingAuths === 0 && !this.#isPingMissing;
  }
}

function authenticationError(serverCode: number): ZooKeeperError {
  const details = { operation: 'connect', serverCode };
  const code = errorCodeOf(serverCode);
  if (code === 'AuthFailed') {
    return new ZooKeeperError(code, 'the server refuses the authentication (-115)', details);
  }
  if (code !== 'SessionClosedRequireAuth') return serverError(serverCode, details);
  const message = 'the server demands authentication that it was not given (-124)';
  return new ZooKeeperError(code, message, details);
}

/** A server without a quorum answers the request for a session as if it were one to write. */
function refusedSession(reader: JuteReader): ZooKeeperError {
  const { error } = new ReplyHeader().read(reader);
  const code = errorCodeOf(error);
  if (code === 'Unknown') {
    return new ZooKeeperError('NotZooKeeper', 'answered with 16 bytes instead of a session');
  }
  if (code !== 'NotReadOnly') return serverError(error, { operation: 'connect' });
  const message = 'the server has no quorum and offers only reading (-119)';
  return new ZooKeeperError(code, message, { serverCode: error });
}

const MIN_RESPONSE_BYTES = 4 + 4 + 8 + 4 + SESSION_PASSWORD_BYTES;

/** Request number, zxid, error. */
const REPLY_HEADER_BYTES = 4 + 8 + 4;

/**
 * The start of a connection, as bytes in and bytes out. After the server's response come the
 * steps; the connection is ready for user requests when {@link isComplete}.
 */
export class Handshake {
  readonly #offer: SessionOffer;
  readonly #steps: HandshakeStep[];
  readonly #writer = new JuteWriter(1_024);
  #response: ConnectResponse | null = null;

  constructor(offer: SessionOffer, steps: readonly HandshakeStep[]) {
    this.#offer = offer;
    this.#steps = [...steps];
  }

  get isComplete(): boolean {
    return this.#response !== null && this.#steps.length === 0;
  }

  /** null until the server has answered the connect request. */
  get response(): ConnectResponse | null {
    return this.#response;
  }

  /** The first packet. Nothing else is sent before the response, which a reset could destroy. */
  begin(): Buffer {
    const { sessionId, password, timeoutMs, lastZxid } = this.#offer;
    this.#writer.beginFrame();
    writeConnectRequest(this.#writer, { sessionId, password, timeoutMs, lastZxidSeen: lastZxid });
    this.#writer.endFrame();
    return this.#writer.takeAll();
  }

  /**
   * The server's answer to the first packet.
   *
   * @returns what to send next
   * @throws SessionExpired (the offered session does not exist), NotReadOnly (the server has no
   *   quorum and offers only reading) or another error of the server's, NotZooKeeper, ClosedByServer
   */
  acceptResponse(reader: JuteReader): Buffer {
    if (reader.remaining === REPLY_HEADER_BYTES) throw refusedSession(reader);
    if (reader.remaining < MIN_RESPONSE_BYTES) {
      throw new ZooKeeperError(
        'NotZooKeeper',
        `answered with ${reader.remaining} bytes instead of a session`,
      );
    }
    const response = readConnectResponse(reader);
    if (response.timeoutMs <= 0) throw this.#refusal();
    this.#response = response;
    this.#beginStep();
    return this.#writer.takeAll();
  }

  /**
   * Servers that know no resumption (ClickHouse Keeper) answer with another, new session. To go
   * on with it would hide that the old one, and its ephemeral znodes, are gone.
   */
  get isForeignSession(): boolean {
    const { sessionId } = this.#offer;
    return sessionId !== 0n && this.#response !== null && this.#response.sessionId !== sessionId;
  }

  /** @returns what to send next, possibly nothing */
  acceptReply(header: ReplyHeader, reader: JuteReader): Buffer {
    const step = this.#steps[0];
    if (step === undefined) throw protocolError('reply after the end of the handshake');
    if (step.accept(header, reader, this.#writer)) {
      this.#steps.shift();
      this.#beginStep();
    }
    return this.#writer.takeAll();
  }

  /** What it means that the server closed at this point, null if nothing in particular. */
  explainClose(): ZooKeeperError | null {
    return this.#response === null ? null : (this.#steps[0]?.explainClose?.() ?? null);
  }

  #beginStep(): void {
    this.#steps[0]?.begin(this.#writer);
  }

  #refusal(): ZooKeeperError {
    return this.#offer.sessionId === 0n
      ? new ZooKeeperError('ClosedByServer', 'the server refused to open a session')
      : new ZooKeeperError('SessionExpired', 'the server does not know the session any more');
  }
}
