import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from './cache-dir.ts';
import { ensureJava } from './ensure-java.ts';
import { eventually } from '../../testing/eventually.ts';
import { freePort } from '../../testing/free-port.ts';
import { defaultZooKeeperVersion, installZooKeeper } from './install-zookeeper.ts';
import { probeServer } from './probe-server.ts';
import { spawnServerProcess, type ServerProcess } from './server-process.ts';

export interface ZooKeeperServerOptions {
  /** Release to run; default {@link defaultZooKeeperVersion}. */
  version?: string;
  /** Address to listen on; default 127.0.0.1. */
  host?: string;
  /** Default: one that was free a moment ago. */
  port?: number;
  /** Default: a temporary directory, removed by `stop()`. One that is given is kept. */
  dataDir?: string;
  /** Further or other lines of zoo.cfg. */
  extraConfig?: Readonly<Record<string, string | number>>;
  /** For example `-Djute.maxbuffer=4194304`. */
  jvmArgs?: readonly string[];
  /** Default: `server.log` in the data directory. */
  logFile?: string;
  /** The server outlives this process; whoever starts it so keeps its pid. Default false. */
  detached?: boolean;
  /** Until the server answers `srvr`; default 180,000. */
  readyTimeoutMs?: number;
  /** Where the jars are kept; default {@link defaultCacheDir}. */
  cacheDir?: string;
}

export interface ZooKeeperServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as in a connect string. */
  readonly address: string;
  readonly version: string;
  readonly pid: number;
  /** False once its process has ended. */
  readonly isRunning: boolean;
  readonly dataDir: string;
  readonly logFile: string;
  /** Sends a signal; resolves when the process is gone (SIGKILL, SIGTERM) or stands still (SIGSTOP). */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it anew on the same port and data, after ending it if it still runs. */
  restart(): Promise<void>;
  /** Ends it and removes its temporary data. Idempotent. */
  stop(): Promise<void>;
}

interface ResolvedOptions extends Required<ZooKeeperServerOptions> {
  ownsDataDir: boolean;
}

const STOP_TIMEOUT_MS = 10_000;

async function resolveOptions(options: ZooKeeperServerOptions): Promise<ResolvedOptions> {
  const host = options.host ?? '127.0.0.1';
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'zookeeper-')));
  return {
    version: defaultZooKeeperVersion,
    extraConfig: {},
    jvmArgs: [],
    logFile: join(dataDir, 'server.log'),
    detached: false,
    readyTimeoutMs: 180_000,
    cacheDir: defaultCacheDir(),
    ...options,
    host,
    port: options.port ?? (await freePort(host)),
    dataDir,
    ownsDataDir: options.dataDir === undefined,
  };
}

/**
 * The log need not be forced to disk: tests kill processes, not machines, and what a killed
 * process wrote is in the page cache.
 */
function configText({ host, port, dataDir, extraConfig }: ResolvedOptions): string {
  const config = {
    tickTime: 2_000,
    dataDir,
    clientPort: port,
    clientPortAddress: host,
    maxClientCnxns: 0,
    'admin.enableServer': 'false',
    '4lw.commands.whitelist': '*',
    forceSync: 'no',
    preAllocSize: 1_024,
    ...extraConfig,
  };
  return Object.entries(config)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

async function launch(jarDir: string, options: ResolvedOptions): Promise<ServerProcess> {
  const configFile = join(options.dataDir, 'zoo.cfg');
  await mkdir(options.dataDir, { recursive: true });
  await writeFile(configFile, configText(options));
  const { logFile, jvmArgs, detached } = options;
  const server = await spawnServerProcess({ jarDir, configFile, logFile, jvmArgs, detached });
  try {
    await eventually(
      async () => {
        if (!server.isRunning) return true;
        return (await probeServer(options)).includes('Mode: ');
      },
      { timeoutMs: options.readyTimeoutMs, description: `${options.host}:${options.port} ready` },
    );
    if (!server.isRunning) throw new Error('the server ended while starting');
    return server;
  } catch (error) {
    server.signal('SIGKILL');
    await server.waitForExit();
    throw new Error(`ZooKeeper did not start; end of its log:\n${await server.logTail()}`, {
      cause: error,
    });
  }
}

class RunningServer implements ZooKeeperServer {
  readonly #jarDir: string;
  readonly #options: ResolvedOptions;
  #process: ServerProcess;

  constructor(jarDir: string, options: ResolvedOptions, process: ServerProcess) {
    this.#jarDir = jarDir;
    this.#options = options;
    this.#process = process;
  }

  get host(): string {
    return this.#options.host;
  }

  get port(): number {
    return this.#options.port;
  }

  get address(): string {
    const { host, port } = this.#options;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  get version(): string {
    return this.#options.version;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process.signal(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await this.#process.waitForExit();
    if (signal === 'SIGSTOP') await this.#process.waitForStandstill();
  }

  async restart(): Promise<void> {
    await this.#end();
    this.#process = await launch(this.#jarDir, this.#options);
  }

  async stop(): Promise<void> {
    await this.#end();
    if (this.#options.ownsDataDir) {
      await rm(this.#options.dataDir, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** A process stopped by SIGSTOP would never handle SIGTERM, hence the SIGCONT. */
  async #end(): Promise<void> {
    this.#process.signal('SIGTERM');
    this.#process.signal('SIGCONT');
    const killer = setTimeout(() => {
      this.#process.signal('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await this.#process.waitForExit();
    clearTimeout(killer);
  }
}

/**
 * Installs a release if need be and starts a standalone server of it: 256 MiB heap, admin server
 * off, every four-letter word allowed. Resolves when the server answers `srvr`; rejects with the
 * end of its log otherwise.
 */
export async function startZooKeeperServer(
  options: ZooKeeperServerOptions = {},
): Promise<ZooKeeperServer> {
  const resolved = await resolveOptions(options);
  await ensureJava({ withMaven: false });
  const { version, cacheDir } = resolved;
  const jarDir = await installZooKeeper(version, { cacheDir });
  return new RunningServer(jarDir, resolved, await launch(jarDir, resolved));
}
