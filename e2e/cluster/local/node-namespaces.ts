import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import type { Command } from '../run-command.ts';
import { waitUntil } from '../wait-until.ts';
import { node, type ClusterPaths } from './node-layout.ts';
import type { Component } from './component-commands.ts';
import {
  childrenOf,
  commandLineOf,
  findProcesses,
  identify,
  isAlive,
  type ProcessIdentity,
} from './processes.ts';

/**
 * The node is a set of namespaces (processes, mounts, network, host name, IPC) held by one init
 * process. When that ends, the kernel ends every process inside and drops every mount, interface
 * and iptables rule made there: nothing of the node can be left behind on the machine.
 */
const namespaceFlags = ['--pid', '--mount', '--net', '--uts', '--ipc'];

const START_TIMEOUT_MS = 10_000;

/** Folders of which the node has its own, because its components write there. */
const ownDirs = ['/run', '/var/run', '/var/lib', '/var/log'];

/** @throws ClusterError if the node would not see one of these folders of the machine */
export function requireVisibleInNode(dirs: readonly string[]): void {
  for (const dir of dirs) {
    const hiding = ownDirs.find((own) => dir === own || dir.startsWith(`${own}/`));
    if (hiding === undefined) continue;
    throw new ClusterError(
      `The cluster cannot use ${dir}, because its node has a ${hiding} of its own; set XDG_STATE_HOME and XDG_CACHE_HOME to folders elsewhere.`,
    );
  }
}

/** Shows in the process list what this is and which cluster it belongs to. */
function initName(paths: ClusterPaths): string {
  return `resiliency-node-init ${paths.stateDir}`;
}

/**
 * Prepares the node from inside and becomes its init.
 */
function setupScript(paths: ClusterPaths): string {
  return `set -eu
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns
mount --bind ${paths.nodeVarLib} /var/lib
mount --bind ${paths.nodeVarLog} /var/log
hostname ${node.name}
echo 1 > /proc/sys/net/ipv4/ip_forward
exec -a "$1" "$0"
`;
}

function spawnDetached(command: Command, logFile: string): number {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(command.program, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
      cwd: '/',
    });
    child.on('error', () => undefined);
    child.unref();
    if (child.pid === undefined) throw new ClusterError(`${command.program} could not be started.`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** The init processes of nodes of this cluster; more than one only after a run was killed. */
export function findNodes(paths: ClusterPaths): ProcessIdentity[] {
  return findProcesses((commandLine) => commandLine[0] === initName(paths));
}

/**
 * Starts an empty node.
 *
 * @param initProgram a static program that waits and reaps
 * @returns its init process
 */
export async function startNode(
  paths: ClusterPaths,
  initProgram: string,
): Promise<ProcessIdentity> {
  for (const dir of [paths.nodeVarLib, paths.nodeVarLog, paths.logDir]) {
    await mkdir(dir, { recursive: true });
  }
  const setup = ['bash', '-c', setupScript(paths), initProgram, initName(paths)];
  const holder = spawnDetached(
    {
      program: 'unshare',
      args: ['--fork', '--kill-child', ...namespaceFlags, '--mount-proc', '--', ...setup],
    },
    join(paths.logDir, 'node.log'),
  );
  let init: ProcessIdentity | null = null;
  await waitUntil(
    () => {
      if (identify(holder) === null) {
        throw new ClusterError(
          `The node's namespaces could not be made; see ${join(paths.logDir, 'node.log')}. This needs root, and a machine that allows nested namespaces.`,
        );
      }
      const child = childrenOf(holder).find((pid) => commandLineOf(pid)[0] === initName(paths));
      init = child === undefined ? null : identify(child);
      return Promise.resolve(init !== null);
    },
    { what: 'the node to start', timeoutMs: START_TIMEOUT_MS, intervalMs: 5 },
  );
  return init!;
}

/** Turns a command into one that runs inside the node. */
export function insideNode(init: ProcessIdentity, command: Command): Command {
  return {
    ...command,
    program: 'nsenter',
    args: ['--target', String(init.pid), ...namespaceFlags, '--', command.program, ...command.args],
  };
}

/**
 * Starts a component inside the node; it outlives this process.
 *
 * @returns the process id of the `nsenter` that waits for it: both end together
 */
export function startComponent(
  init: ProcessIdentity,
  { name, program, args }: Component,
  paths: ClusterPaths,
): number {
  return spawnDetached(insideNode(init, { program, args }), join(paths.logDir, `${name}.log`));
}

export function isNodeAlive(init: ProcessIdentity): boolean {
  return isAlive(init);
}
