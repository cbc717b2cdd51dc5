import { digestAuth, type AuthInfo } from '../acl.ts';
import { ZooKeeperError } from '../errors.ts';
import { AuthenticationStep, type HandshakeStep } from '../link/handshake.ts';
import { SaslStep, type SaslStage } from './sasl-step.ts';
import { formatAddress, type ServerAddress } from '../servers/server-address.ts';

/** Who to be by SASL DIGEST-MD5 (RFC 2831): both sides prove that they know the password. */
export interface SaslOptions {
  user: string;
  /** Text, or the bytes of its UTF-8. */
  password: string | Buffer;
  /**
   * What to do at a server that does no SASL; default `fail`, with AuthFailed.
   *
   * `digest`: present user and password as a `digest` identity instead, which the server never
   * refuses and never verifies. Never done where the server offers SASL and refuses the password,
   * nor once a server of the same session did verify it. Without TLS, whoever can change what
   * is on the wire can bring this about and read the password.
   */
  whenNotOffered?: 'fail' | 'digest';
}

/**
 * How often in a row one server must close without a word at the same stage before that is taken
 * for its answer (ZooKeeper 3.4 refuses a password so, and ClickHouse Keeper knows no SASL).
 * A single close may be a restart or the network.
 */
const CLOSES_THAT_ANSWER = 2;

interface Closes {
  stage: SaslStage;
  count: number;
}

/**
 * Who the client says it is, on each new connection of a session: SASL first, then the other
 * identities. Remembers what earlier connections showed.
 */
export class Authenticator {
  readonly #sasl: SaslOptions | null;
  readonly #closes = new Map<string, Closes>();
  /** Servers that are known to do no SASL without being able to say so. */
  readonly #without = new Set<string>();
  #wasVerified = false;
  #mechanism: 'sasl' | 'digest' | null = null;

  constructor(sasl: SaslOptions | null) {
    this.#sasl = sasl;
  }

  /** Schemes of the identities that the latest connection presented, `auth` being the others. */
  schemes(auth: readonly AuthInfo[]): string[] {
    const schemes = auth.map(({ scheme }) => scheme);
    return [...new Set(this.#mechanism === null ? schemes : [this.#mechanism, ...schemes])];
  }

  /** @param auth presented besides SASL */
  steps(address: ServerAddress, auth: readonly AuthInfo[]): HandshakeStep[] {
    const sasl = this.#sasl;
    if (sasl === null) return [new AuthenticationStep(() => auth)];
    const server = formatAddress(address);
    this.#mechanism = null;
    const identities = (): readonly AuthInfo[] =>
      this.#mechanism === 'digest' ? [digestAuth(sasl.user, sasl.password), ...auth] : auth;
    const rest = new AuthenticationStep(identities);
    if (this.#without.has(server)) {
      this.#goOnWithout('closes the connection when SASL is opened', sasl);
      return [rest];
    }
    const step = new SaslStep({
      credentials: sasl,
      onVerified: () => {
        this.#closes.delete(server);
        this.#wasVerified = true;
        this.#mechanism = 'sasl';
      },
      onNotOffered: () => {
        this.#closes.delete(server);
        this.#goOnWithout('does no SASL', sasl);
      },
      onUnknown: () => this.#onUnknown(server, sasl),
      onClosed: (stage) => this.#onClosed(server, stage, sasl),
    });
    return [step, rest];
  }

  /** A session that was somebody must not become a stranger to its own znodes on another server. */
  #goOnWithout(how: string, { whenNotOffered = 'fail' }: SaslOptions): void {
    if (this.#wasVerified) {
      throw refusal(`the server ${how}, which another server of this session did`);
    }
    if (whenNotOffered === 'fail') throw refusal(`the server ${how}`);
    this.#mechanism = 'digest';
  }

  #onUnknown(server: string, sasl: SaslOptions): ZooKeeperError {
    this.#without.add(server);
    return this.#retryOrRefuse('does not know SASL', sasl);
  }

  #onClosed(server: string, stage: SaslStage, sasl: SaslOptions): ZooKeeperError | null {
    const before = this.#closes.get(server);
    const count = before?.stage === stage ? before.count + 1 : 1;
    this.#closes.set(server, { stage, count });
    if (count < CLOSES_THAT_ANSWER) return null;
    if (stage === 'proving') {
      return refusal('the server closes the connection on the SASL user and password');
    }
    this.#without.add(server);
    return this.#retryOrRefuse('closes the connection when SASL is opened', sasl);
  }

  /** The connection is lost either way; the next one to this server is made without SASL. */
  #retryOrRefuse(how: string, sasl: SaslOptions): ZooKeeperError {
    const { whenNotOffered = 'fail' } = sasl;
    if (this.#wasVerified || whenNotOffered === 'fail') return refusal(`the server ${how}`);
    return new ZooKeeperError('ClosedByServer', `the server ${how}`);
  }
}

function refusal(message: string): ZooKeeperError {
  return new ZooKeeperError('AuthFailed', message, { operation: 'connect' });
}
