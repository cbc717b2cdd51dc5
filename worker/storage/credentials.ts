import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerFailure } from '../failure.ts';
import { digestAuth } from '../../zookeeper/index.ts';
import type { AuthInfo } from '../../zookeeper/index.ts';
import type { SideName, SideOptions } from './side.ts';

const NEWLINE = 0x0a;

/**
 * Reads `user` and `password` of a side, one file each, as a Secret is mounted. The bytes are
 * taken as they are; what is surely a mistake is named, for a server would take any password.
 *
 * @throws {@link WorkerFailure} `AuthenticationFailed` that names the key, never its content
 */
export async function readCredentials(
  name: SideName,
  { credentialsDir }: SideOptions,
): Promise<readonly AuthInfo[]> {
  if (credentialsDir === null) return [];
  const user = await readKey(name, credentialsDir, 'user');
  const password = await readKey(name, credentialsDir, 'password');
  if (user.includes(':')) throw broken(name, 'user', 'contains a colon, which ends a user name');
  return [digestAuth(user.toString('utf8'), password)];
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

function broken(name: SideName, key: string, what: string): WorkerFailure {
  return new WorkerFailure(
    'AuthenticationFailed',
    `The key "${key}" of the credentials of the ${name} ${what}: check its Secret.`,
  );
}
