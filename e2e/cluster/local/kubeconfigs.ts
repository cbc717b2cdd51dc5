import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  kubeconfigPath,
  kubeconfigUsers,
  node,
  type ClusterPaths,
  type KubeconfigUser,
} from './node-layout.ts';

interface Credentials {
  readonly ca: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** A kubeconfig with everything inline; JSON, which is YAML too. */
export function renderKubeconfig(user: string, { ca, certificate, key }: Credentials): string {
  const name = 'resiliency';
  const cluster = {
    server: `https://${node.address}:${node.apiServerPort}`,
    'certificate-authority-data': ca.toString('base64'),
  };
  const credentials = {
    'client-certificate-data': certificate.toString('base64'),
    'client-key-data': key.toString('base64'),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name, context: { cluster: name, user } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Writes the kubeconfig of every user from the certificates in `paths.pkiDir`. */
export async function writeKubeconfigs(paths: ClusterPaths): Promise<void> {
  await mkdir(paths.configDir, { recursive: true });
  const pem = async (name: string): Promise<Buffer> => readFile(join(paths.pkiDir, name));
  const users = Object.keys(kubeconfigUsers) as KubeconfigUser[];
  await Promise.all(
    users.map(async (user) => {
      const [ca, certificate, key] = await Promise.all([
        pem('ca.crt'),
        pem(`${user}.crt`),
        pem(`${user}.key`),
      ]);
      const text = renderKubeconfig(user, { ca, certificate, key });
      await writeFile(kubeconfigPath(paths, user), text, { mode: 0o600 });
    }),
  );
}
