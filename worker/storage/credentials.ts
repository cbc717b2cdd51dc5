import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  identityOptions,
  offeredSchemes,
  type AuthenticationScheme,
} from '../../assets/zookeeper/connection-options.ts';
import {
  readCredentials as judgeSecret,
  SECRET_KEYS,
  tlsCredentialsOf,
  type SecretData,
} from '../../assets/zookeeper/credentials.ts';
import type { ConnectOptions, TlsOptions } from '../../zookeeper/index.ts';
import { WorkerFailure } from '../failure.ts';
import type { SideName, SideOptions } from './side.ts';

/** Who to be on one side, and how to speak TLS there: options of `connect`. */
export type SideCredentials = Pick<ConnectOptions, 'auth' | 'sasl' | 'tls'>;

/**
 * Reads the Secret of a side, one file for each key, as a Secret is mounted. Certificates are read
 * again for each connection, because the kubelet brings renewed ones.
 *
 * @throws {@link WorkerFailure} `AuthenticationFailed` that names the key, never its content
 */
export async function readCredentials(
  name: SideName,
  options: SideOptions,
): Promise<SideCredentials> {
  const { credentialsDir: dir, authentication } = options;
  const tls =
    options.tls === null ? undefined : { serverName: options.tls.serverName ?? undefined };
  const isUsed = authentication !== 'None' || tls !== undefined;
  if (!isUsed) return {};
  const data = dir === null ? new Map<string, Buffer>() : await readSecret(name, dir);
  // A worker that was started by hand may be given no directory: then it has no identity.
  const use = { authentication: dir === null ? ('None' as const) : authentication, tls };
  const reading = judgeSecret(data, use, `The Secret of the ${name} (${dir ?? 'none'})`);
  if (reading.state === 'Problem') {
    throw new WorkerFailure('AuthenticationFailed', reading.problem.message);
  }
  const identity = identityOptions(reading.credentials);
  if (tls === undefined) return identity;
  return { ...identity, tls: () => readTls(dir, tls.serverName) };
}

/** What a client with these options authenticates with. */
export function offeredBy({
  credentialsDir: dir,
  authentication,
  tls,
}: SideOptions): readonly AuthenticationScheme[] {
  if (dir === null) return [];
  const hasCertificate = tls !== null && existsSync(join(dir, 'tls.crt'));
  return offeredSchemes(
    authentication === 'None' ? undefined : { mechanism: authentication },
    hasCertificate ? { cert: Buffer.alloc(0) } : undefined,
  );
}

/** All that is there of it. A directory that is none is told before its keys are missed. */
async function readSecret(name: SideName, dir: string): Promise<SecretData> {
  await checkDir(name, dir);
  try {
    return await readKeys(dir, SECRET_KEYS);
  } catch (error) {
    throw new WorkerFailure(
      'AuthenticationFailed',
      `The Secret of the ${name} (${dir}): ${(error as Error).message}`,
    );
  }
}

async function checkDir(name: SideName, dir: string): Promise<void> {
  const stats = await stat(dir).catch((error: unknown) => {
    const code = codeOf(error);
    throw brokenDir(name, dir, code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`);
  });
  if (!stats.isDirectory()) throw brokenDir(name, dir, 'is no directory');
}

/** The client names what of it cannot be used. */
async function readTls(dir: string | null, serverName: string | undefined): Promise<TlsOptions> {
  const data = dir === null ? new Map<string, Buffer>() : await readKeys(dir, TLS_KEYS);
  return tlsCredentialsOf(data, serverName);
}

const TLS_KEYS = SECRET_KEYS.filter((key) => key.includes('.'));

/** @throws Error that names the key which is there and cannot be read */
async function readKeys(dir: string, keys: readonly string[]): Promise<Map<string, Buffer>> {
  const data = new Map<string, Buffer>();
  for (const key of keys) {
    const content = await readFile(join(dir, key)).catch((error: unknown) => {
      const code = codeOf(error);
      if (code === 'ENOENT') return undefined;
      throw new Error(`${key} cannot be read (${code}).`);
    });
    if (content !== undefined) data.set(key, content);
  }
  return data;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable';
}

function brokenDir(name: SideName, dir: string, what: string): WorkerFailure {
  return new WorkerFailure(
    'AuthenticationFailed',
    `The directory ${dir} with the credentials of the ${name} ${what}: check --${name}-credentials-dir.`,
  );
}
