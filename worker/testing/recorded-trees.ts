import { readFileSync } from 'node:fs';
import type { CreateMode, ZooKeeperClient } from '../../zookeeper/index.ts';

/** Applications whose trees are recorded, by `make soak PART=applications` with `RECORD=1`. */
export const RECORDED = ['bookkeeper', 'curator', 'dubbo', 'kafka', 'solr'] as const;
export type Recorded = (typeof RECORDED)[number];

/** What a real application wrote, as it stood in the log of the server. */
export interface Recording {
  /** With the application running at the source. */
  readonly source: readonly RecordedZnode[];
  /** What it changed at a destination with a copy, by starting there and doing nothing. */
  readonly atDestination: readonly RecordedChange[];
}

export interface RecordedZnode {
  readonly path: string;
  /** Base64; null for null data. */
  readonly data: string | null;
  readonly kind: 'Persistent' | 'Ephemeral' | 'Container' | 'TTL';
  readonly ttlMs?: number;
  readonly version: number;
  readonly counter: number;
}

export interface RecordedChange {
  readonly kind: 'create' | 'setData' | 'delete';
  readonly path: string;
  readonly data?: string | null;
  readonly type?: RecordedZnode['kind'];
}

export function recordingOf(name: Recorded): Recording {
  const file = new URL(`recorded-trees/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Recording;
}

/** Makes a recorded tree below a znode that is there; its ephemerals are those of the client. */
export async function plant(
  client: ZooKeeperClient,
  below: string,
  tree: readonly RecordedZnode[],
): Promise<void> {
  for (const { path, data, kind, ttlMs, version } of tree) {
    await client.create(below + path, bytesOf(data), modeOf(kind, ttlMs));
    for (let times = 0; times < version; times += 1) {
      await client.setData(below + path, bytesOf(data));
    }
  }
}

/** Does again what the application did, as far as it is not done already. */
export async function replay(
  client: ZooKeeperClient,
  below: string,
  changes: readonly RecordedChange[],
): Promise<void> {
  for (const { kind, path, data = null, type } of changes) {
    if (kind === 'create') await client.create(below + path, bytesOf(data), modeOf(type));
    else if (kind === 'setData') await client.setData(below + path, bytesOf(data));
    else await client.delete(below + path);
  }
}

function bytesOf(data: string | null): Buffer | null {
  return data === null ? null : Buffer.from(data, 'base64');
}

const MODES = { Persistent: 'persistent', Ephemeral: 'ephemeral', Container: 'container' } as const;

function modeOf(kind: RecordedZnode['kind'] = 'Persistent', ttlMs = 60_000): { mode: CreateMode } {
  return { mode: kind === 'TTL' ? { ttlMs } : MODES[kind] };
}
