import type { Clock } from '../../common/clock.ts';
import type { ApiClient } from '../kube/api-client.ts';
import { isJsonObject, textOf } from '../kube/json-fields.ts';

/** Version of the API server; what a Job may hold depends on it. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/** Reads the version of the API server. */
export type ServerVersionReader = (signal: AbortSignal) => Promise<ServerVersion>;

/** An API server may be upgraded under a running operator. */
const KEEP_MS = 600_000;

/** A reader that asks the API server once in ten minutes. */
export function serverVersionReader(api: ApiClient, clock: Clock): ServerVersionReader {
  let known: { readonly version: ServerVersion; readonly readMs: number } | undefined;
  return async (signal) => {
    if (known === undefined || clock.monotonicMs() - known.readMs > KEEP_MS) {
      const body = await api.request({ method: 'GET', path: '/version', signal });
      known = { version: parseServerVersion(body), readMs: clock.monotonicMs() };
    }
    return known.version;
  };
}

/**
 * Reads the answer of `/version`. Vendors add signs to the numbers (`"minor": "28+"`).
 *
 * @throws Error if the answer has no version in it: guessing one would change what a Job does.
 */
export function parseServerVersion(body: unknown): ServerVersion {
  const version = isJsonObject(body) ? body : {};
  const [major, minor] = ['major', 'minor'].map((field) => leadingNumber(textOf(version, field)));
  if (major === undefined || minor === undefined) {
    throw new Error("the API server's answer to /version names no version");
  }
  return { major, minor };
}

/** A Job counts a pod that somebody deleted as a failed one from 1.25 on (KEP-2307). */
export function countsDeletedPods(version: ServerVersion): boolean {
  return isAtLeast(version, 25);
}

/** `Job.spec.podFailurePolicy` is enabled by default from 1.26 on (KEP-3329). */
export function hasPodFailurePolicy(version: ServerVersion): boolean {
  return isAtLeast(version, 26);
}

/** `Job.spec.podReplacementPolicy` is enabled by default from 1.29 on (KEP-3939). */
export function hasPodReplacementPolicy(version: ServerVersion): boolean {
  return isAtLeast(version, 29);
}

function isAtLeast(version: ServerVersion, minor: number): boolean {
  return version.major > 1 || (version.major === 1 && version.minor >= minor);
}

function leadingNumber(text: string): number | undefined {
  const digits = /^\d+/.exec(text)?.[0];
  return digits === undefined ? undefined : Number(digits);
}
