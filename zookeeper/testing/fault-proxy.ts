import type { Server, Socket } from 'node:net';
import {
  ProxyServer,
  listenOnLoopback,
  type ProxiedPair,
  type ProxyTarget,
} from './proxy-server.ts';

interface Place {
  /** Which bytes are counted: the client's requests or the server's replies. */
  readonly direction: 'requests' | 'replies';
  /** So many bytes pass unharmed, and not one more. */
  readonly afterBytes: number;
}

/**
 * What to do to a connection once some bytes have passed:
 *
 * - `cut` resets both sides.
 * - `stall` lets nothing pass, in either direction, for a while or for ever, and closes nothing.
 * - `delay` holds up this direction for a while.
 * - `split` hands on so many bytes one by one, each in a packet of its own.
 */
export type Fault = Place &
  (
    | { readonly kind: 'cut' }
    | { readonly kind: 'stall'; readonly durationMs?: number }
    | { readonly kind: 'delay'; readonly durationMs: number }
    | { readonly kind: 'split'; readonly bytes: number }
  );

/** The faults of each new connection; null for none. */
export type FaultPlan = () => Fault | readonly Fault[] | null;

export interface FaultProxyOptions {
  /** The real server. */
  target: ProxyTarget;
  plan: FaultPlan;
  /** Largest piece in which bytes are handed on; smaller pieces cut frames at every place. */
  maxPieceBytes?: number;
}

/** Stands between client and server on loopback and breaks connections where it is told to. */
export class FaultProxy extends ProxyServer {
  readonly #options: FaultProxyOptions;
  /** Faults that were injected so far. */
  faultCount = 0;
  /** From when this is set, nothing more is injected, not even into connections that exist. */
  isCalm = false;

  constructor(server: Server, options: FaultProxyOptions) {
    super(server, options.target);
    this.#options = options;
  }

  protected override relay({ client, upstream }: ProxiedPair): void {
    const faults = [this.#options.plan() ?? []].flat();
    const { maxPieceBytes = Number.POSITIVE_INFINITY } = this.#options;
    const onFault = (): void => {
      this.faultCount++;
    };
    const lane = (from: Socket, to: Socket, direction: Place['direction']): void => {
      const own = faults.filter((fault) => fault.direction === direction);
      const isCalm = (): boolean => this.isCalm;
      new Lane({ from, to, faults: own, maxPieceBytes, onFault, isCalm }).start();
    };
    lane(client, upstream, 'requests');
    lane(upstream, client, 'replies');
  }
}

interface LaneOptions {
  from: Socket;
  to: Socket;
  faults: readonly Fault[];
  maxPieceBytes: number;
  onFault: () => void;
  isCalm: () => boolean;
}

/** One direction of one connection. */
class Lane {
  readonly #options: LaneOptions;
  readonly #faults: Fault[];
  readonly #chunks: Buffer[] = [];
  #passedBytes = 0;
  #isBusy = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#faults = [...options.faults].sort((one, other) => one.afterBytes - other.afterBytes);
  }

  start(): void {
    this.#options.from.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      if (!this.#isBusy) void this.#drain();
    });
  }

  /** Without a fault it ends in the turn in which the bytes came. */
  async #drain(): Promise<void> {
    this.#isBusy = true;
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      const fault = this.#options.isCalm() ? undefined : this.#faults[0];
      const harmless = fault === undefined ? Infinity : fault.afterBytes - this.#passedBytes;
      if (fault === undefined || chunk.length <= harmless) {
        this.#handOn(chunk);
        continue;
      }
      this.#handOn(chunk.subarray(0, harmless));
      this.#chunks.unshift(chunk.subarray(harmless));
      this.#faults.shift();
      this.#options.onFault();
      await this.#inject(fault);
    }
    this.#isBusy = false;
  }

  async #inject(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'cut':
        return this.#cut();
      case 'stall':
        return this.#stall(fault.durationMs);
      case 'delay':
        return delay(fault.durationMs);
      case 'split':
        return this.#split(fault.bytes);
    }
  }

  /** The bytes that were to pass must be in the other side's hands before the reset. */
  async #cut(): Promise<void> {
    const { from, to } = this.#options;
    await new Promise<void>((resolve) => {
      to.write('', () => setImmediate(resolve));
    });
    from.resetAndDestroy();
    to.resetAndDestroy();
  }

  async #stall(durationMs: number | undefined): Promise<void> {
    const { from, to } = this.#options;
    from.pause();
    to.pause();
    if (durationMs === undefined) return new Promise(() => undefined);
    await delay(durationMs);
    from.resume();
    to.resume();
  }

  async #split(byteCount: number): Promise<void> {
    let missing = byteCount;
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      const single = chunk.subarray(0, missing);
      for (const byte of single) {
        this.#handOn(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      missing -= single.length;
      if (single.length < chunk.length) this.#chunks.unshift(chunk.subarray(single.length));
      if (missing === 0) return;
    }
  }

  #handOn(chunk: Buffer): void {
    this.#passedBytes += chunk.length;
    const pieceBytes = Math.min(this.#options.maxPieceBytes, Math.max(chunk.length, 1));
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      this.#options.to.write(chunk.subarray(start, start + pieceBytes));
    }
  }
}

async function delay(durationMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  return new FaultProxy(await listenOnLoopback(), options);
}
