import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proxyKubeconfig } from './api-proxy.ts';

export interface OperatorProcess {
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it as Kubernetes would, and waits. */
  stop(): Promise<void>;
}

export interface OperatorProcessOptions {
  /** API server as the operator shall see it. */
  readonly apiUrl: string;
  /** The one namespace it watches. */
  readonly namespace: string;
}

/** Starts the bundled operator outside the cluster, with the synchronization controller alone. */
export async function startOperator(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'resiliency-operator-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, proxyKubeconfig(options.apiUrl), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [
      'dist/operator.js',
      ...['--controllers=synchronization', `--watch-namespaces=${options.namespace}`],
      ...[`--kubeconfig=${kubeconfig}`, '--port=0'],
      '--worker-image=quay.io/astrokube/resiliency-operator-worker:v1.0.0',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve();
    });
  }).then(() => rm(folder, { recursive: true, force: true }));
  return {
    exited,
    kill: (signal) => child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
