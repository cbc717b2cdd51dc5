import { setTimeout as delay } from 'node:timers/promises';
import {
  ProxyServer,
  listenOnLoopback,
  type ProxiedPair,
  type ProxyTarget,
} from './proxy-server.ts';

/** Stands between client and server on loopback and makes the server answer later. */
export class SlowProxy extends ProxyServer {
  /** By how much every reply is late that comes from now on. */
  latencyMs = 0;
  /** Bytes that the server has replied so far. */
  repliedBytes = 0;

  protected override relay({ client, upstream }: ProxiedPair): void {
    let handedOn: Promise<unknown> = Promise.resolve();
    client.on('data', (chunk: Buffer) => upstream.write(chunk));
    upstream.on('data', (chunk: Buffer) => {
      this.repliedBytes += chunk.length;
      // None overtakes another when the latency shrinks.
      const late = Promise.all([handedOn, delay(this.latencyMs)]);
      handedOn = late.then(() => client.write(chunk));
    });
  }
}

export async function startSlowProxy(target: ProxyTarget): Promise<SlowProxy> {
  return new SlowProxy(await listenOnLoopback(), target);
}
