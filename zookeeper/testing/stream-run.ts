import type { ZooKeeperClient } from '../client.ts';
import { heapInUse } from './heap-in-use.ts';

export interface StreamOptions {
  client: ZooKeeperClient;
  requests: number;
  /** How often the heap is looked at. */
  samples: number;
  request: (client: ZooKeeperClient, index: number) => Promise<unknown>;
}

export interface StreamReport {
  /** Bytes in use after each part of the stream, everything answered. */
  heapBytes: number[];
  /** Requests made and not answered at the worst moment. */
  maxPending: number;
  failed: number;
}

/** A caller without bounds of its own, but for the one it is told of: it pauses while saturated. */
export async function streamRequests(options: StreamOptions): Promise<StreamReport> {
  const { client, requests, samples, request } = options;
  const report: StreamReport = { heapBytes: [], maxPending: 0, failed: 0 };
  let pending = 0;
  const answered = (): void => {
    pending--;
  };
  const failed = (): void => {
    pending--;
    report.failed++;
  };
  for (let sample = 0; sample < samples; sample++) {
    for (let index = 0; index < requests / samples; index++) {
      if (client.isSaturated) await client.drained();
      pending++;
      report.maxPending = Math.max(report.maxPending, pending);
      request(client, index).then(answered, failed);
    }
    // Everything before it has been answered then.
    await client.exists('/');
    report.heapBytes.push(await heapInUse());
  }
  return report;
}
