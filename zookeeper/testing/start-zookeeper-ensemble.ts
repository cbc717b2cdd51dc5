import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../testing/eventually.ts';
import { freePorts } from '../../testing/free-port.ts';
import { defaultZooKeeperVersion, installZooKeeper } from './install-zookeeper.ts';
import { probeServer } from './probe-server.ts';
import { startZooKeeperServer, type ZooKeeperServer } from './start-zookeeper-server.ts';

export interface ZooKeeperEnsembleOptions {
  /** Release to run; default {@link defaultZooKeeperVersion}. */
  version?: string;
  /** Number of servers; default 3. */
  size?: number;
  /** Further or other lines of every zoo.cfg. */
  extraConfig?: Readonly<Record<string, string | number>>;
  jvmArgs?: readonly string[];
  /** A server without a quorum goes on serving reads; default false. */
  readOnlyMode?: boolean;
}

export interface ZooKeeperEnsemble extends AsyncDisposable {
  readonly members: readonly ZooKeeperServer[];
  /** `host:port` of all members. */
  readonly addresses: readonly string[];
  /** The member that leads, once there is one. */
  leader(): Promise<ZooKeeperServer>;
  /** The others. */
  followers(): Promise<ZooKeeperServer[]>;
  /** Ends all members and removes their data. Idempotent. */
  stop(): Promise<void>;
}

const ELECTION_TIMEOUT_MS = 30_000;

/** What every member must know of all. */
async function quorumConfig(size: number): Promise<Record<string, string | number>> {
  const ports = await freePorts(2 * size);
  const config: Record<string, string | number> = { initLimit: 20, syncLimit: 10 };
  for (let index = 0; index < size; index++) {
    const [quorum, election] = ports.slice(2 * index);
    config[`server.${index + 1}`] = `127.0.0.1:${quorum}:${election}`;
  }
  return config;
}

/** What a server says it is (`leader`, `follower`, `read-only`); '' while it says nothing. */
export async function serverMode(server: { host: string; port: number }): Promise<string> {
  const answer = await probeServer(server).catch(() => '');
  return /^Mode: (.+)$/m.exec(answer)?.[1] ?? '';
}

class RunningEnsemble implements ZooKeeperEnsemble {
  readonly members: readonly ZooKeeperServer[];
  readonly #dataDir: string;

  constructor(members: readonly ZooKeeperServer[], dataDir: string) {
    this.members = members;
    this.#dataDir = dataDir;
  }

  get addresses(): readonly string[] {
    return this.members.map(({ address }) => address);
  }

  async leader(): Promise<ZooKeeperServer> {
    return eventually(
      async () => {
        const modes = await Promise.all(this.members.map(serverMode));
        return this.members[modes.indexOf('leader')];
      },
      { timeoutMs: ELECTION_TIMEOUT_MS, description: 'a leader' },
    );
  }

  async followers(): Promise<ZooKeeperServer[]> {
    const leader = await this.leader();
    return this.members.filter((member) => member !== leader);
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts servers that elect a leader among themselves, on ports of 127.0.0.1. Resolves when all
 * of them serve.
 */
export async function startZooKeeperEnsemble(
  options: ZooKeeperEnsembleOptions = {},
): Promise<ZooKeeperEnsemble> {
  const { version = defaultZooKeeperVersion, size = 3, readOnlyMode = false } = options;
  await installZooKeeper(version);
  const parentDir = await mkdtemp(join(tmpdir(), 'zookeeper-ensemble-'));
  const extraConfig = { ...(await quorumConfig(size)), ...options.extraConfig };
  const jvmArgs = [`-Dreadonlymode.enabled=${readOnlyMode}`, ...(options.jvmArgs ?? [])];
  const clientPorts = await freePorts(size);
  const starting = clientPorts.map(async (port, index) => {
    const dataDir = join(parentDir, String(index + 1));
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, 'myid'), String(index + 1));
    return startZooKeeperServer({ version, port, dataDir, extraConfig, jvmArgs });
  });
  const results = await Promise.allSettled(starting);
  const members = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const ensemble = new RunningEnsemble(members, parentDir);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return ensemble;
  await ensemble.stop();
  throw new Error('the ensemble did not start', { cause: failure.reason });
}
