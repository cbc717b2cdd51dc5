import type { Server, Socket } from 'node:net';
import { bytes } from './byte-builder.ts';
import {
  ProxyServer,
  listenOnLoopback,
  type ProxiedPair,
  type ProxyTarget,
} from './proxy-server.ts';

export interface ProxiedFrame {
  readonly direction: 'requests' | 'replies';
  /** Of the proxy's connections, from 0. */
  readonly connection: number;
  /** Within its direction of its connection, from 0, which is the handshake. */
  readonly index: number;
  /** null for the handshake, which has no header. */
  readonly xid: number | null;
  /** Without the length. */
  readonly payload: Buffer;
}

/**
 * What becomes of a frame; `cut` resets both sides, `stall` holds all that follows. Bytes go on in the
 * frame's place: its payload, without the length.
 */
export type Verdict = 'pass' | 'drop' | 'cutBefore' | 'cutAfter' | 'stall' | Uint8Array;

export interface FrameProxyOptions {
  target: ProxyTarget;
  /** Called for each frame, in order. */
  judge: (frame: ProxiedFrame) => Verdict;
}

const LENGTH_BYTES = 4;

/** Stands between client and server and breaks connections at the frame it is told to. */
export class FrameProxy extends ProxyServer {
  readonly #judge: FrameProxyOptions['judge'];

  constructor(server: Server, { target, judge }: FrameProxyOptions) {
    super(server, target);
    this.#judge = judge;
  }

  protected override relay(pair: ProxiedPair): void {
    this.#pass(pair, 'requests');
    this.#pass(pair, 'replies');
  }

  #pass({ client, upstream, connection }: ProxiedPair, direction: ProxiedFrame['direction']): void {
    const [from, to] = direction === 'requests' ? [client, upstream] : [upstream, client];
    let received = Buffer.alloc(0);
    let index = 0;
    let isOver = false;
    from.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const end = frameEnd(received);
        if (isOver || end > received.length) return;
        const frame = received.subarray(0, end);
        received = received.subarray(end);
        const payload = frame.subarray(LENGTH_BYTES);
        const xid = index === 0 ? null : payload.readInt32BE(0);
        const verdict = this.#judge({ direction, connection, index: index++, xid, payload });
        isOver = verdict === 'cutBefore' || verdict === 'cutAfter' || verdict === 'stall';
        apply(verdict, frame, { from, to });
      }
    });
  }
}

function frameEnd(received: Buffer): number {
  return received.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + received.readInt32BE(0);
}

function apply(verdict: Verdict, frame: Buffer, { from, to }: { from: Socket; to: Socket }): void {
  if (verdict === 'pass' || verdict === 'cutAfter') to.write(frame);
  if (verdict instanceof Uint8Array) to.write(bytes().buffer(verdict).build());
  if (verdict === 'stall') from.pause();
  if (verdict !== 'cutBefore' && verdict !== 'cutAfter') return;
  // What passed must be in the other side's hands before the reset.
  to.write('', () => {
    setImmediate(() => {
      from.resetAndDestroy();
      to.resetAndDestroy();
    });
  });
}

export async function startFrameProxy(options: FrameProxyOptions): Promise<FrameProxy> {
  return new FrameProxy(await listenOnLoopback(), options);
}
