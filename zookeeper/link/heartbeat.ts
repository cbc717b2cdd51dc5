import type { Clock } from '../clock.ts';

export interface HeartbeatOptions {
  clock: Clock;
  /** The session's timeout as the server granted it. */
  sessionTimeoutMs: number;
  /** Nothing was sent for a while: send a ping. */
  sendPing: () => void;
  /** Nothing was received for so long that the connection is of no use. */
  onSilence: () => void;
}

/** The share of the session's timeout that the Java client gives to each. */
const PING_SHARE = 1 / 3;
const SILENCE_SHARE = 2 / 3;
const MAX_PING_INTERVAL_MS = 10_000;

/**
 * Keeps a connection's session alive and notices when the other side is gone, even if the
 * network does not say so. One timer, moved on when it fires rather than at every packet.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #pingIntervalMs: number;
  readonly #silenceMs: number;
  #lastSentMs: number;
  #lastReceivedMs: number;
  /** A server that was asked late gets its time to answer. */
  #excusedUntilMs = Number.NEGATIVE_INFINITY;
  #isPingOutstanding = false;
  #isOverdue = false;
  #isStopped = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#pingIntervalMs = Math.min(options.sessionTimeoutMs * PING_SHARE, MAX_PING_INTERVAL_MS);
    this.#silenceMs = options.sessionTimeoutMs * SILENCE_SHARE;
    this.#lastSentMs = options.clock.nowMs();
    this.#lastReceivedMs = this.#lastSentMs;
  }

  /** By the clock of the options. */
  get lastReceivedMs(): number {
    return this.#lastReceivedMs;
  }

  start(): void {
    this.#scheduleNext(this.#options.clock.nowMs());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  sent(): void {
    this.#lastSentMs = this.#options.clock.nowMs();
  }

  received(): void {
    this.#lastReceivedMs = this.#options.clock.nowMs();
    this.#isOverdue = false;
  }

  pingAnswered(): void {
    this.#isPingOutstanding = false;
  }

  readonly #check = (): void => {
    if (this.#isStopped) return;
    const now = this.#options.clock.nowMs();
    if (now >= this.#silenceDeadlineMs) {
      this.#onDeadline(now);
      return;
    }
    if (!this.#isPingOutstanding && now - this.#lastSentMs >= this.#pingIntervalMs) this.#ping(now);
    this.#scheduleNext(now);
  };

  get #silenceDeadlineMs(): number {
    return Math.max(this.#lastReceivedMs + this.#silenceMs, this.#excusedUntilMs);
  }

  #ping(now: number): void {
    this.#isPingOutstanding = true;
    this.#lastSentMs = now;
    this.#options.sendPing();
  }

  /**
   * After this process itself stood still, timers fire before the sockets are read: what came in
   * meanwhile must be seen before the connection is declared dead. And a server that was asked
   * nothing since it was last heard of owes no answer: it is asked first.
   */
  #onDeadline(now: number): void {
    if (!this.#isOverdue) {
      this.#isOverdue = true;
      this.#options.clock.afterInput(this.#check);
      return;
    }
    if (this.#lastSentMs <= this.#lastReceivedMs) {
      this.#isOverdue = false;
      this.#excusedUntilMs = now + this.#pingIntervalMs;
      this.#ping(now);
      this.#scheduleNext(now);
      return;
    }
    this.stop();
    this.#options.onSilence();
  }

  #scheduleNext(now: number): void {
    const silenceInMs = this.#silenceDeadlineMs - now;
    const pingInMs = this.#isPingOutstanding
      ? this.#pingIntervalMs
      : this.#lastSentMs + this.#pingIntervalMs - now;
    const delayMs = Math.max(1, Math.min(silenceInMs, pingInMs));
    this.#cancelTimer = this.#options.clock.schedule(delayMs, this.#check);
  }
}
