import { randomBytes } from 'node:crypto';
import { ZooKeeperError, errorCodeOf, protocolError } from '../errors.ts';
import type { HandshakeStep } from '../link/handshake.ts';
import type { JuteReader } from '../protocol/jute-reader.ts';
import type { JuteWriter } from '../protocol/jute-writer.ts';
import { opcodes } from '../protocol/operation.ts';
import { writeRequestHeader, type ReplyHeader } from '../protocol/records.ts';
import {
  answerChallenge,
  isProof,
  parseChallenge,
  type DigestMd5Answer,
  type DigestMd5Credentials,
} from './sasl-digest-md5.ts';

/** Service and host as ZooKeeper's servers expect them, whatever their names (SecurityUtils). */
const digestUri = 'zookeeper/zk-sasl-md5';

const CLIENT_NONCE_BYTES = 18;

/** SASL takes an ordinary xid. None other is in flight: requests wait for the whole handshake. */
const SASL_XID = 1;

const UNIMPLEMENTED = -6;

/** `opening`: no secret was used yet. `proving`: the server has the client's proof. */
export type SaslStage = 'opening' | 'proving';

export interface SaslStepOptions {
  credentials: DigestMd5Credentials;
  /** The server proved that it knows the password. */
  onVerified: () => void;
  /** The server does no SASL at all. May throw; otherwise the handshake goes on without. */
  onNotOffered: () => void;
  /** The server does not know the request and is about to close. */
  onUnknown: () => ZooKeeperError;
  /** The server closed instead of answering; null leaves it to be told as any other close. */
  onClosed: (stage: SaslStage) => ZooKeeperError | null;
}

function writeToken(writer: JuteWriter, token: Buffer): void {
  writer.beginFrame();
  writeRequestHeader(writer, SASL_XID, opcodes.sasl);
  writer.writeBuffer(token);
  writer.endFrame();
}

/**
 * SASL DIGEST-MD5 as a part of the handshake: an empty token, the server's challenge, the proof of
 * the client, the proof of the server. Replies to SASL overtake replies to requests, so nothing
 * else is in flight meanwhile.
 */
export class SaslStep implements HandshakeStep {
  readonly #options: SaslStepOptions;
  #answer: DigestMd5Answer | null = null;

  constructor(options: SaslStepOptions) {
    this.#options = options;
  }

  begin(writer: JuteWriter): void {
    writeToken(writer, Buffer.alloc(0));
  }

  accept(header: ReplyHeader, reader: JuteReader, writer: JuteWriter): boolean {
    if (header.xid !== SASL_XID) throw protocolError(`reply with xid ${header.xid} during SASL`);
    if (header.error !== 0) throw this.#refusal(header.error);
    const token = reader.remaining > 0 ? reader.readBuffer() : null;
    if (this.#answer !== null) {
      this.#verify(token, this.#answer);
      return true;
    }
    if (token === null) {
      this.#options.onNotOffered();
      return true;
    }
    const clientNonce = randomBytes(CLIENT_NONCE_BYTES).toString('base64');
    const context = { digestUri, clientNonce };
    this.#answer = answerChallenge(parseChallenge(token), this.#options.credentials, context);
    writeToken(writer, this.#answer.token);
    return false;
  }

  explainClose(): ZooKeeperError | null {
    return this.#options.onClosed(this.#answer === null ? 'opening' : 'proving');
  }

  /** Nothing is sent in answer to the server's proof: with it, both sides are done. */
  #verify(token: Buffer | null, { expectedProof }: DigestMd5Answer): void {
    if (token === null) {
      // allowSaslFailedClients: the server would go on with a client that it does not know.
      const message = 'the server does not accept the SASL user or password';
      throw new ZooKeeperError('AuthFailed', `${message}, and lets such clients in as strangers`);
    }
    if (!isProof(token, expectedProof)) {
      const message = 'the server did not prove that it knows the SASL password';
      throw new ZooKeeperError('AuthFailed', `${message}: it may not be the one it claims to be`);
    }
    this.#options.onVerified();
  }

  /** A DIGEST-MD5 server answers the empty token with a challenge whoever asks. */
  #refusal(serverCode: number): ZooKeeperError {
    if (serverCode === UNIMPLEMENTED && this.#answer === null) return this.#options.onUnknown();
    const message =
      this.#answer === null
        ? 'the server does SASL, but not DIGEST-MD5: Kerberos (GSSAPI) is not supported'
        : 'the server does not accept the SASL user or password';
    const about = `${message} (${errorCodeOf(serverCode)}, ${serverCode})`;
    return new ZooKeeperError('AuthFailed', about, { operation: 'connect', serverCode });
  }
}
