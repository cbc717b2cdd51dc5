import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startZooKeeperServer } from '../../zookeeper/testing/index.ts';

/**
 * Network side of a server. `netty`, as with TLS. `nio`, the default of ZooKeeper, hands every
 * request from thread to thread, and on two cores that bounds all clients alike.
 */
export const serverKinds = ['netty', 'nio'] as const;
export type ServerKind = (typeof serverKinds)[number];

export interface BenchServerOptions {
  readonly kind: ServerKind;
  /** Default 2. */
  readonly heapGiB?: number;
}

export interface BenchServer extends AsyncDisposable {
  readonly address: string;
  readonly pid: number;
  /** Where its data is, for the record. */
  readonly baseDir: string;
  /** ZooKeeper's transaction log and snapshots. */
  readonly dataDir: string;
}

/** A server as in production, unlike that of the tests: optimizing compiler, parallel collector. */
const productionJvm = ['-XX:TieredStopAtLevel=4', '-XX:-UseSerialGC', '-XX:+UseParallelGC'];

const nettyJvm = '-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory';

/** A snapshot in the middle of a round would be measured too. */
const extraConfig = { snapCount: 100_000_000, preAllocSize: 65_536 };

const memoryDir = '/dev/shm';
const NEEDED_BYTES = 4 * 1024 ** 3;

/** In memory where there is room, so that no disk is measured. */
async function roomyDir(): Promise<string> {
  const memory = await statfs(memoryDir).catch(() => null);
  const isRoomy = memory !== null && memory.bavail * memory.bsize >= NEEDED_BYTES;
  return isRoomy ? memoryDir : tmpdir();
}

/** Starts a server to measure against; disposing of it removes its data. */
export async function startBenchServer({
  kind,
  heapGiB = 2,
}: BenchServerOptions): Promise<BenchServer> {
  const baseDir = await roomyDir();
  const dataDir = await mkdtemp(join(baseDir, 'bench-zookeeper-'));
  const removeData = () => rm(dataDir, { recursive: true, force: true });
  const jvmArgs = [`-Xmx${heapGiB}g`, ...productionJvm, ...(kind === 'netty' ? [nettyJvm] : [])];
  try {
    const server = await startZooKeeperServer({ dataDir, jvmArgs, extraConfig });
    return {
      address: server.address,
      pid: server.pid,
      baseDir,
      dataDir,
      async [Symbol.asyncDispose]() {
        await server.stop();
        await removeData();
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}

/** One of the kinds, or an error that names them. */
export function parseServerKind(word: string): ServerKind {
  const kind = serverKinds.find((known) => known === word);
  if (kind === undefined) throw new Error(`--server ${word}: use ${serverKinds.join(' or ')}`);
  return kind;
}
