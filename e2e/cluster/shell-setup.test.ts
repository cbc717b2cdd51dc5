import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shellSetup } from './shell-setup.ts';
import { temporaryDir } from './testing/temporary-dir.ts';

test('a kubectl of the person is left to them', () => {
  const cluster = { kubeconfigPath: '/state/kubeconfig', kubectlPath: '/cache/bin/kubectl' };

  expect(shellSetup(cluster, true)).toEqual(['export KUBECONFIG=/state/kubeconfig']);
});

test('a kubectl that has to be on PATH anyway is not looked for elsewhere', () => {
  const cluster = { kubeconfigPath: '/state/kubeconfig', kubectlPath: 'kubectl' };

  expect(shellSetup(cluster, false)).toEqual(['export KUBECONFIG=/state/kubeconfig']);
});

test("without a kubectl, a shell that takes the lines finds the cluster's", async () => {
  await using dir = await temporaryDir();
  const bin = join(dir.path, "it's here");
  await mkdir(bin);
  const kubectlPath = join(bin, 'kubectl');
  await writeFile(kubectlPath, '#!/bin/sh\necho "$KUBECONFIG" "$@"\n');
  await chmod(kubectlPath, 0o755);
  const lines = shellSetup({ kubeconfigPath: '/a b/kubeconfig', kubectlPath }, false);

  const said = execFileSync(
    '/bin/sh',
    ['-c', 'eval "$1"\nkubectl get pods', 'sh', lines.join('\n')],
    { env: { PATH: '/nowhere' } },
  );

  expect(said.toString()).toBe('/a b/kubeconfig get pods\n');
});
