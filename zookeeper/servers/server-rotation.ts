import type { ServerAddress } from './server-address.ts';

export interface NextServer {
  server: ServerAddress;
  /** To wait before trying it. */
  delayMs: number;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1_000;

/**
 * Which server to try next and how long to wait before: shuffled once, so that clients spread
 * over an ensemble; then in turn; a pause after each fruitless round, doubling up to a second and
 * jittered, so that the clients of a restarted ensemble do not return in step.
 */
export class ServerRotation {
  readonly #servers: readonly ServerAddress[];
  readonly #random: () => number;
  #next = 0;
  #failedAttempts = 0;

  /** @param random returns a number from 0 up to but excluding 1 */
  constructor(servers: readonly ServerAddress[], random: () => number) {
    this.#servers = shuffled(servers, random);
    this.#random = random;
  }

  next(): NextServer {
    const server = this.#servers[this.#next % this.#servers.length];
    if (server === undefined) throw new RangeError('no servers');
    this.#next++;
    const delayMs = this.#delayMs();
    this.#failedAttempts++;
    return { server, delayMs };
  }

  /** The last server accepted: the next attempt is not a retry. */
  succeeded(): void {
    this.#failedAttempts = 0;
  }

  #delayMs(): number {
    const rounds = this.#failedAttempts / this.#servers.length;
    if (rounds === 0 || !Number.isInteger(rounds)) return 0;
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (rounds - 1));
    return pauseMs * (0.5 + this.#random() / 2);
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return result;
}
