import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerFailure } from '../failure.ts';
import { digestAuth } from '../../zookeeper/index.ts';
import type { ConnectOptions, TlsOptions } from '../../zookeeper/index.ts';
import type { SideName, SideOptions } from './side.ts';

const NEWLINE = 0x0a;

/** Who to be on one side, and how to speak TLS there: options of `connect`. */
export type SideCredentials = Pick<ConnectOptions, 'auth' | 'sasl' | 'tls'>;

/**
 * Reads `user` and `password` of a side, one file each, as a Secret is mounted. The bytes are
 * taken as they are; what is surely a mistake is named, for a server would take any password.
 * Certificates are read for each connection, for the kubelet brings renewed ones.
 *
 * @throws {@link WorkerFailure} `AuthenticationFailed` that names the key, never its content
 */
export async function readCredentials(
  name: SideName,
  options: SideOptions,
): Promise<SideCredentials> {
  const { tls, credentialsDir, authentication } = options;
  const isUsed = authentication !== 'None' || tls !== null;
  if (credentialsDir !== null && isUsed) await checkDir(name, credentialsDir);
  const identity = await readIdentity(name, options);
  if (tls === null) return identity;
  return { ...identity, tls: () => readTls(credentialsDir, tls.serverName) };
}

async function readIdentity(
  name: SideName,
  { authentication, credentialsDir: dir }: SideOptions,
): Promise<SideCredentials> {
  if (dir === null || authentication === 'None') return {};
  const userBytes = await readKey(name, dir, 'user');
  const password = await readKey(name, dir, 'password');
  if (userBytes.includes(':')) {
    throw broken(name, 'user', 'contains a colon, which ends a user name');
  }
  const user = userBytes.toString('utf8');
  if (authentication === 'Digest') return { auth: [digestAuth(user, password)] };
  const whenNotOffered = authentication === 'Auto' ? 'digest' : 'fail';
  return { sasl: { user, password, whenNotOffered } };
}

/** A key that is missing is told of only where there is a place for it to be in. */
async function checkDir(name: SideName, dir: string): Promise<void> {
  const stats = await stat(dir).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw brokenDir(name, dir, code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`);
  });
  if (!stats.isDirectory()) throw brokenDir(name, dir, 'is no directory');
}

async function readKey(name: SideName, dir: string, key: string): Promise<Buffer> {
  const content = await readFile(join(dir, key)).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw broken(name, key, code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`);
  });
  if (content.length === 0) throw broken(name, key, 'is empty');
  if (content.at(-1) === NEWLINE) {
    throw broken(name, key, 'ends with a newline, which would be part of it; write it without one');
  }
  return content;
}

/** The client names what of it cannot be used. */
async function readTls(dir: string | null, serverName: string | null): Promise<TlsOptions> {
  const files = dir === null ? [] : await Promise.all(TLS_KEYS.map((key) => readIfThere(dir, key)));
  const [ca, cert, key] = files;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === null ? {} : { serverName }),
  };
}

const TLS_KEYS = ['ca.crt', 'tls.crt', 'tls.key'] as const;

async function readIfThere(dir: string, key: string): Promise<Buffer | undefined> {
  return readFile(join(dir, key)).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (code === 'ENOENT') return undefined;
    throw new Error(`${key} cannot be read (${code})`);
  });
}

function broken(name: SideName, key: string, what: string): WorkerFailure {
  return new WorkerFailure(
    'AuthenticationFailed',
    `The key "${key}" of the credentials of the ${name} ${what}: check its Secret.`,
  );
}

function brokenDir(name: SideName, dir: string, what: string): WorkerFailure {
  return new WorkerFailure(
    'AuthenticationFailed',
    `The directory ${dir} with the credentials of the ${name} ${what}: check --${name}-credentials-dir.`,
  );
}
