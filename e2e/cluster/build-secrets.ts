import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * What this machine needs to reach the npm registry, handed to the build of an image and kept out
 * of the image: the certificate authority of a proxy, and npm's configuration.
 *
 * @returns files by the id of the secret that the Dockerfiles read
 */
export async function findBuildSecrets(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const candidates = {
    ca: env['NODE_EXTRA_CA_CERTS'],
    npmrc: env['NPM_CONFIG_USERCONFIG'] ?? join(homedir(), '.npmrc'),
  };
  const secrets: Record<string, string> = {};
  for (const [id, file] of Object.entries(candidates)) {
    if (file !== undefined && file !== '' && (await exists(file))) secrets[id] = file;
  }
  return secrets;
}
