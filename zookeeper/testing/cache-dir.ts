import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where downloaded servers live between runs: outside every checkout, so that a fresh clone does
 * not download them again.
 */
export function defaultCacheDir(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'resiliency-operator', 'zookeeper');
}
