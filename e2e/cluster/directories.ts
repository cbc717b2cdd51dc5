import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const PROJECT = 'resiliency-operator';

/** The root of this checkout. */
export const repositoryDir = resolve(import.meta.dirname, '..', '..');

/** Where the running cluster keeps what it is: outside the checkout, removed by `down`. */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  return env['RESILIENCY_CLUSTER_STATE_DIR'] ?? join(base, PROJECT, 'cluster');
}

/** Where built programs and images are kept between clusters: outside the checkout, never removed. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), PROJECT, 'cluster');
}
