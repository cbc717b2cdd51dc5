/**
 * etcd and kube-apiserver on loopback, and kube-controller-manager on demand: all that plans and
 * CronJobs need. No node, so nothing ever runs. Data is in memory: what is measured is not a disk.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificates } from '../../e2e/cluster/local/certificates.ts';
import type { Programs } from '../../e2e/cluster/local/programs.ts';
import { runCommand } from '../../e2e/cluster/run-command.ts';
import { waitUntil } from '../../e2e/cluster/wait-until.ts';

export interface ControlPlane extends AsyncDisposable {
  /** Of the administrator. */
  readonly kubeconfigPath: string;
  readonly apiServerPid: number;
  /** Starts kube-controller-manager with these flags besides what it needs to know. */
  startControllerManager(flags: readonly string[]): Promise<StartedProgram>;
}

export interface StartedProgram {
  readonly pid: number;
  stop(): Promise<void>;
}

const MEMORY_DIR = '/dev/shm';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const LOG_TAIL_CHARACTERS = 2000;

/** Starts both and waits until the API server is ready. */
export async function startControlPlane(programs: Programs): Promise<ControlPlane> {
  const base = await stat(MEMORY_DIR).then(
    () => MEMORY_DIR,
    () => tmpdir(),
  );
  const dir = await mkdtemp(join(base, 'bench-plans-'));
  const pki = join(dir, 'pki');
  const started: StartedProgram[] = [];
  const dispose = async (): Promise<void> => {
    for (const program of started.toReversed()) await program.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const start = async (name: string, program: string, args: readonly string[]) => {
    const running = await startProgram(join(dir, `${name}.log`), program, args);
    started.push(running);
    return running;
  };
  try {
    await createCertificates(runCommand, pki);
    const [etcdPort, peerPort, apiPort] = await freePorts(3);
    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    await start('etcd', 'etcd', etcdFlags(join(dir, 'etcd'), etcdUrl, peerPort ?? 0));
    const apiFlags = apiServerFlags(pki, etcdUrl, apiPort ?? 0);
    const apiServer = await start('kube-apiserver', programs.kubeApiserver, apiFlags);
    const server = `https://127.0.0.1:${apiPort}`;
    const kubeconfigPath = await writeKubeconfig({ dir, pki, server, user: 'admin' });
    await untilReady(programs.kubectl, kubeconfigPath);
    return {
      kubeconfigPath,
      apiServerPid: apiServer.pid,
      startControllerManager: async (flags) => {
        const user = 'kube-controller-manager';
        const kubeconfig = await writeKubeconfig({ dir, pki, server, user });
        const known = await controllerManagerFlags(pki, kubeconfig);
        return start(user, programs.kubeControllerManager, [...known, ...flags]);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function etcdFlags(dataDir: string, url: string, peerPort: number): readonly string[] {
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    ...['--name=bench', `--data-dir=${dataDir}`, '--quota-backend-bytes=8589934592'],
    ...[`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
    `--initial-cluster=bench=${peer}`,
  ];
}

/** Without the ServiceAccount plugin: nobody makes service accounts here, and nothing runs. */
function apiServerFlags(pki: string, etcdUrl: string, port: number): readonly string[] {
  return [
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${port}`],
    ...[`--etcd-servers=${etcdUrl}`, '--service-cluster-ip-range=10.96.0.0/16'],
    ...['--authorization-mode=RBAC', '--disable-admission-plugins=ServiceAccount'],
    `--client-ca-file=${join(pki, 'ca.crt')}`,
    `--tls-cert-file=${join(pki, 'apiserver.crt')}`,
    `--tls-private-key-file=${join(pki, 'apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(pki, 'service-account.crt')}`,
    `--service-account-signing-key-file=${join(pki, 'service-account.key')}`,
  ];
}

async function controllerManagerFlags(pki: string, kubeconfig: string): Promise<readonly string[]> {
  const [port = 0] = await freePorts(1);
  return [
    ...[`--kubeconfig=${kubeconfig}`, '--leader-elect=false'],
    // Each of its controllers has rights of its own, as on any cluster; it has next to none itself.
    '--use-service-account-credentials=true',
    ...['--bind-address=127.0.0.1', `--secure-port=${port}`],
    `--root-ca-file=${join(pki, 'ca.crt')}`,
    `--service-account-private-key-file=${join(pki, 'service-account.key')}`,
  ];
}

async function writeKubeconfig(options: {
  readonly dir: string;
  readonly pki: string;
  readonly server: string;
  readonly user: string;
}): Promise<string> {
  const { dir, pki, server, user } = options;
  const data = async (file: string) => (await readFile(join(pki, file))).toString('base64');
  const name = 'bench';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': await data('ca.crt') } }],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': await data(`${user}.crt`),
          'client-key-data': await data(`${user}.key`),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
  };
  const path = join(dir, `${user}.kubeconfig`);
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function startProgram(
  log: string,
  program: string,
  args: readonly string[],
): Promise<StartedProgram> {
  const file = await open(log, 'w');
  const child = spawn(program, args, { stdio: ['ignore', file.fd, file.fd] });
  await file.close();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  child.once('exit', (code) => {
    if (code !== null && code !== 0) void complain(program, code, log);
  });
  return { pid, stop: () => stopProgram(child, ended) };
}

async function complain(program: string, code: number, log: string): Promise<void> {
  const text = await readFile(log, 'utf8').catch(() => '');
  console.error(`${program} ended with exit code ${code}:\n${text.slice(-LOG_TAIL_CHARACTERS)}`);
}

async function stopProgram(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(kill);
}

async function untilReady(kubectl: string, kubeconfig: string): Promise<void> {
  const args = [`--kubeconfig=${kubeconfig}`, 'get', '--raw', '/readyz'];
  const isReady = async () => (await runCommand({ program: kubectl, args })).exitCode === 0;
  await waitUntil(isReady, { what: 'the API server to be ready', timeoutMs: READY_TIMEOUT_MS });
}

/** All asked for at once, so that none is given out twice. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  return ports;
}
