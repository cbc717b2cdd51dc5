import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repositoryDir } from '../directories.ts';
import { readClusterInfo } from '../index.ts';
import { mustRun, runCommand } from '../run-command.ts';
import { temporaryDir } from '../testing/temporary-dir.ts';
import { waitUntil } from '../wait-until.ts';
import { clusterPaths } from './node-layout.ts';
import { childrenOf } from './processes.ts';

/**
 * A second cluster, in a network namespace of its own: there the same addresses are free, so it
 * does not meet the cluster that the other suites use.
 */
class Sandbox implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #dir: { path: string } & AsyncDisposable;
  #networkPid = 0;

  private constructor(holder: ChildProcess, dir: { path: string } & AsyncDisposable) {
    this.#holder = holder;
    this.#dir = dir;
  }

  static async create(): Promise<Sandbox> {
    const args = ['--net', '--fork', '--kill-child', '--', 'cat'];
    const holder = spawn('unshare', args, { stdio: ['pipe', 'ignore', 'inherit'] });
    await once(holder, 'spawn');
    const sandbox = new Sandbox(holder, await temporaryDir());
    await waitUntil(
      () => {
        sandbox.#networkPid = childrenOf(holder.pid!)[0] ?? 0;
        return Promise.resolve(sandbox.#networkPid > 0);
      },
      { what: 'the network namespace', timeoutMs: 10_000 },
    );
    await mustRun(runCommand, sandbox.inside('ip', 'link', 'set', 'dev', 'lo', 'up'));
    return sandbox;
  }

  get stateDir(): string {
    return join(this.#dir.path, 'cluster');
  }

  inside(program: string, ...args: string[]) {
    const target = ['--target', String(this.#networkPid), '--net', '--'];
    return {
      program: 'nsenter',
      args: [...target, program, ...args],
      cwd: repositoryDir,
      env: { RESILIENCY_CLUSTER_STATE_DIR: this.stateDir },
      timeoutMs: 300_000,
    };
  }

  /** The command line of the cluster. */
  cluster(...args: string[]) {
    return this.inside(process.execPath, '--import', 'tsx', 'e2e/cluster/main.ts', ...args);
  }

  /** Kills `up` the moment it says that a certain step begins. */
  async killUpAt(step: string): Promise<void> {
    const { program, args, cwd, env } = this.cluster('up');
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(`… ${step}`)) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(said).toContain(`… ${step}`);
    expect(child.signalCode).toBe('SIGKILL');
  }

  /** Everything of the cluster that is still there, found without the code under test. */
  async remains(): Promise<string[]> {
    const { cgroup } = clusterPaths(this.stateDir);
    const links = await mustRun(runCommand, this.inside('ip', '-brief', 'link'));
    const interfaces = links.split('\n').filter((line) => line !== '' && !line.startsWith('lo '));
    const rules = await mustRun(runCommand, this.inside('iptables-save'));
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
    const cgroups = await mustRun(runCommand, {
      program: 'find',
      args: ['/sys/fs/cgroup', '-maxdepth', '2', '-name', cgroup],
    });
    return [
      ...interfaces,
      ...rules.split('\n').filter((line) => line.startsWith('-A')),
      ...mounts.filter((line) => line.includes(this.stateDir)),
      ...cgroups.split('\n').filter(Boolean),
      ...(await this.#processes()),
      ...(await access(this.stateDir).then(
        () => [this.stateDir],
        () => [],
      )),
    ];
  }

  async #processes(): Promise<string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return lines.filter((line) => line.includes(this.stateDir));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runCommand(this.cluster('down'));
    this.#holder.kill('SIGKILL');
    await this.#dir[Symbol.asyncDispose]();
  }
}

/** kind has its own ways of cleaning up, and needs no root to try them. */
const onLocal = (await readClusterInfo()).provider === 'local' ? describe : describe.skip;

onLocal('a run of `up` that was killed', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await Sandbox.create();
  }, 30_000);

  afterAll(async () => {
    await sandbox[Symbol.asyncDispose]();
  }, 60_000);

  test('leaves nothing that `down` does not remove', async () => {
    await sandbox.killUpAt('starting containerd and the control plane');
    expect(await sandbox.remains()).not.toEqual([]);

    await mustRun(runCommand, sandbox.cluster('down'));

    expect(await sandbox.remains()).toEqual([]);
  }, 120_000);

  test('does not keep the next one from bringing the cluster up', async () => {
    await sandbox.killUpAt('starting the node components, waiting for the node');
    const broken = await runCommand(sandbox.cluster('status'));
    expect(broken.stdout).toMatch(/^broken/);

    await mustRun(runCommand, sandbox.cluster('up'));

    const { stdout } = await runCommand(sandbox.cluster('status'));
    expect(stdout).toMatch(/^running/);
    await mustRun(runCommand, sandbox.cluster('down'));
    expect(await sandbox.remains()).toEqual([]);
  }, 240_000);
});
