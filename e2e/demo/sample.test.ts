import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { ClusterInfo } from '../cluster/index.ts';
import { showSample } from './sample.ts';

function clusterAt(source: string, destination: string): ClusterInfo {
  return {
    provider: 'kind',
    kubernetesVersion: '1.34.4',
    kubeconfigPath: 'kubeconfig',
    kubectlPath: 'kubectl',
    source: { host: source, port: 30181 },
    destination: { host: destination, port: 2181 },
  };
}

describe('a sample in the demo', () => {
  test('is applied as it is where the ZooKeepers are at its addresses', async () => {
    const documented = {
      ...clusterAt('172.18.0.4', '172.18.0.5'),
      destination: { host: '172.18.0.5', port: 30181 },
    };

    expect(await showSample('database.yaml', documented)).toEqual({
      file: 'manifests/samples/database.yaml',
    });
  });

  test('has the real addresses put in elsewhere, by a command that a person can run', async () => {
    const shown = await showSample('database.yaml', clusterAt('172.18.0.4', '10.9.8.7'));

    expect(shown.file).toBe('-');
    expect(shown.piped?.shown).toBe(
      "sed -e 's/172.18.0.5:30181/10.9.8.7:2181/' manifests/samples/database.yaml",
    );
    expect(shown.piped?.input).toBe(
      (await readFile('manifests/samples/database.yaml', 'utf8')).replace(
        '172.18.0.5:30181',
        '10.9.8.7:2181',
      ),
    );
  });
});
