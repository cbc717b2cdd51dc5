import { ZooKeeperError } from './errors.ts';

/**
 * Kind of a new znode. A container (3.5.1 or later) is removed by the server once its last child
 * is gone; a znode with `ttlMs` (3.5.3 or later, only where the server's `extendedTypesEnabled`
 * is on) when it had neither child nor change for that long.
 */
export type CreateMode =
  | 'persistent'
  | 'ephemeral'
  | 'persistentSequential'
  | 'ephemeralSequential'
  | 'container'
  | { readonly ttlMs: number; readonly sequential?: boolean };

const flagsOfMode = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
} as const;

const TTL_FLAGS = 5;
const SEQUENTIAL_TTL_FLAGS = 6;

/** 40 bits (EphemeralType of Apache ZooKeeper). */
const MAX_TTL_MS = 2 ** 40 - 1;

export const CONTAINER_FLAGS = flagsOfMode.container;

export interface CreateFlags {
  flags: number;
  /** null for everything but a TTL znode */
  ttlMs: number | null;
}

/** @throws BadArguments for a time to live that the server could not store */
export function createFlags(mode: CreateMode): CreateFlags {
  if (typeof mode === 'string') return { flags: flagsOfMode[mode], ttlMs: null };
  const { ttlMs, sequential = false } = mode;
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_TTL_MS) {
    throw new ZooKeeperError('BadArguments', `ttlMs must be 1 to ${MAX_TTL_MS}, got ${ttlMs}`);
  }
  return { flags: sequential ? SEQUENTIAL_TTL_FLAGS : TTL_FLAGS, ttlMs };
}
