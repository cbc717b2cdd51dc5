import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import type { WorkerResult } from '../../api/worker-contract.ts';
import {
  startZooKeeperServer,
  type LoggedChange,
  type ZooKeeperServer,
} from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { freePorts } from '../../testing/free-port.ts';
import { startApplication, type Application, type ApplicationName } from './application.ts';
import { Normalizer } from './recorded-tree.ts';
import { TreeRecorder, type RecordedZnode } from './tree-recorder.ts';
import { runWorker } from './worker.ts';

/** Servers look every minute for what is to go, unless told otherwise. */
const JVM_ARGS = ['-Dznode.container.checkIntervalMs=500', '-Dzookeeper.extendedTypesEnabled=true'];
/** An application has done what it does at its start once it has written nothing for so long. */
const QUIET_MS = 5_000;
const QUIET_TIMEOUT_MS = 120_000;

export interface CastOptions {
  readonly application: ApplicationName;
  readonly ports: number;
  /** Root of the copy, presets and the like. */
  readonly copy: Pick<SynchronizeArguments, 'rootPath'> & Partial<SynchronizeArguments>;
}

/** Two ZooKeepers, one application that moves from one to the other, and the copies between them. */
export class Cast implements AsyncDisposable {
  readonly normalizer: Normalizer;
  /** As an argument of the programs. */
  readonly ports: string;
  readonly directory: string;
  readonly #options: CastOptions;
  readonly #servers: Readonly<Record<Side, ZooKeeperServer>>;
  readonly #recorders: Readonly<Record<Side, TreeRecorder>>;
  readonly #started: Application[] = [];

  private constructor(
    options: CastOptions,
    {
      servers,
      ports,
      directory,
    }: { servers: Record<Side, ZooKeeperServer>; ports: number[]; directory: string },
  ) {
    this.#options = options;
    this.#servers = servers;
    this.#recorders = {
      source: new TreeRecorder(servers.source.dataDir),
      destination: new TreeRecorder(servers.destination.dataDir),
    };
    this.directory = directory;
    this.ports = ports.join(',');
    this.normalizer = new Normalizer({ directory, ports });
  }

  static async create(options: CastOptions): Promise<Cast> {
    const directory = await mkdtemp(join(tmpdir(), `${options.application}-`));
    const ports = await freePorts(options.ports);
    const [source, destination] = await Promise.all([
      startZooKeeperServer({ jvmArgs: JVM_ARGS }),
      startZooKeeperServer({ jvmArgs: JVM_ARGS }),
    ]);
    return new Cast(options, { servers: { source, destination }, ports, directory });
  }

  address(side: Side): string {
    return this.#servers[side].address;
  }

  /** Starts the application at a side, with whatever it keeps in its directory. */
  async start(side: Side, ...more: readonly string[]): Promise<Application> {
    const { application } = this.#options;
    const started = await startApplication(application, {
      arguments: [this.address(side), ...more],
      logFile: join(this.directory, 'log'),
    });
    this.#started.push(started);
    return started;
  }

  /** Copies from the source to the destination, unless told otherwise. */
  async copy(args: Partial<SynchronizeArguments> = {}): Promise<WorkerResult> {
    return await runWorker({
      sourceServers: [this.address('source')],
      destinationServers: [this.address('destination')],
      ...this.#options.copy,
      ...args,
    });
  }

  /** Copies the other way round. */
  async copyBack(args: Partial<SynchronizeArguments> = {}): Promise<WorkerResult> {
    return await this.copy({
      sourceServers: [this.address('destination')],
      destinationServers: [this.address('source')],
      ...args,
    });
  }

  /** What stands at a side once nobody writes there any more, but for what is never copied. */
  async tree(side: Side): Promise<readonly RecordedZnode[]> {
    await this.changes(side);
    return this.#recorders[side].tree.filter(({ path }) => !isReserved(path));
  }

  /** What was changed at a side since the last time it was looked at, until nobody changes it. */
  async changes(side: Side): Promise<LoggedChange[]> {
    const all: LoggedChange[] = [];
    let quietSince = Date.now();
    await eventually(
      async () => {
        const some = await this.#recorders[side].catchUp();
        all.push(...some.filter(({ path }) => !isReserved(path)));
        if (some.length > 0) quietSince = Date.now();
        return Date.now() - quietSince > QUIET_MS;
      },
      { timeoutMs: QUIET_TIMEOUT_MS, description: `the ${side} to be left alone` },
    );
    return all;
  }

  /** Resolves once the sessions of an application that was killed are over. */
  async noEphemerals(side: Side): Promise<void> {
    await eventually(
      async () => {
        await this.#recorders[side].catchUp();
        return this.#recorders[side].tree.every(({ kind }) => kind !== 'Ephemeral');
      },
      { timeoutMs: QUIET_TIMEOUT_MS, description: `sessions at the ${side} to be over` },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const application of this.#started.reverse()) await application.kill();
    await Promise.all(Object.values(this.#servers).map((server) => server.stop()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

export type Side = 'source' | 'destination';

function isReserved(path: string): boolean {
  return /^\/(zookeeper|\.resiliency-operator)(\/|$)/.test(path);
}
