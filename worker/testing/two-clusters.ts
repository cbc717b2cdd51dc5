import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import type { ZooKeeperClient } from '../../zookeeper/index.ts';
import {
  startZooKeeperServer,
  type ZooKeeperServer,
  type ZooKeeperServerOptions,
} from '../../zookeeper/testing/index.ts';
import { runSynchronize, type WorkerExit } from './run-worker.ts';
import { open } from './znodes.ts';

/** Two servers, and a session of the test's own on each: set by {@link useTwoClusters}. */
export let sourceServer: ZooKeeperServer;
export let destinationServer: ZooKeeperServer;
export let source: ZooKeeperClient;
export let destination: ZooKeeperClient;
/** One that no other test of the file has; nothing stands there yet. */
export let root = '';

const SETUP_TIMEOUT_MS = 600_000;

let dir = '';

export interface TwoClustersOptions {
  readonly sourceOptions?: ZooKeeperServerOptions;
}

/** Gives a test file what most tests of the worker begin with. Call it once, at its top. */
export function useTwoClusters(options: TwoClustersOptions = {}): void {
  let roots = 0;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'worker-'));
    [sourceServer, destinationServer] = await Promise.all([
      startZooKeeperServer(options.sourceOptions),
      startZooKeeperServer(),
    ]);
    source = await open(sourceServer);
    destination = await open(destinationServer, 'admin:password');
  }, SETUP_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all([source.close(), destination.close()]);
    await Promise.all([sourceServer.stop(), destinationServer.stop()]);
    rmSync(dir, { recursive: true });
  });
  beforeEach(() => {
    root = `/root-${(roots += 1)}`;
  });
}

/** The root from the one to the other, unless the arguments say something else. */
export function argumentsWith(args: Partial<SynchronizeArguments>): SynchronizeArguments {
  return {
    sourceServers: [sourceServer.address],
    destinationServers: [destinationServer.address],
    rootPath: root,
    ...args,
  };
}

/** Runs `synchronize` with {@link argumentsWith}. */
export function synchronize(args: Partial<SynchronizeArguments> = {}): Promise<WorkerExit> {
  return runSynchronize(argumentsWith(args));
}

/** A directory with a file for each key, as the Job mounts a Secret. */
export function secret(files: Readonly<Record<string, string>>): string {
  const mounted = mkdtempSync(join(dir, 'secret-'));
  for (const [key, content] of Object.entries(files)) writeFileSync(join(mounted, key), content);
  return mounted;
}
