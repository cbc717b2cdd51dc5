import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectRelease } from './collect-release.ts';

describe('a release', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'release-'));
    await mkdir(join(folder, 'samples'));
    await write('crds.yaml', 'kind: CustomResourceDefinition\n');
    await write('monitoring.yaml', 'kind: PodMonitor\n');
    await write('operator.yaml', 'image: quay.io/astrokube/resiliency-operator:v1.2.3\n');
    await write('operator-openshift.yaml', 'image: quay.io/astrokube/resiliency-operator:v1.2.3\n');
    await write('samples/database.yaml', 'kind: Database\n');
    await write('notes.txt', 'not for users\n');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);

  test('holds every manifest and sample as it is, with checksums', async () => {
    const files = await collectRelease('1.2.3', folder);

    expect(files.map(({ path }) => path)).toEqual([
      'crds.yaml',
      'monitoring.yaml',
      'operator-openshift.yaml',
      'operator.yaml',
      'samples/database.yaml',
      'SHA256SUMS',
    ]);
    expect(files[4]?.text).toBe('kind: Database\n');
    expect(files[5]?.text).toMatch(/^([0-9a-f]{64} {2}\S+\.yaml\n){5}$/);
  });

  test.each([
    { name: 'image', line: 'image: quay.io/astrokube/resiliency-operator-worker:v1.2.2' },
    { name: 'variable', line: 'value: quay.io/astrokube/resiliency-operator-worker:v1.2.2' },
    { name: 'label', line: 'app.kubernetes.io/version: 1.2.2' },
    { name: 'quoted label', line: "app.kubernetes.io/version: 'v1.2.2'" },
    { name: 'heading', line: '# Resiliency Operator v1.2.2 for Kubernetes' },
  ])('is refused where the $name says another version', async ({ line }) => {
    await write('operator.yaml', `${line}\n`);

    await expect(collectRelease('1.2.3', folder)).rejects.toThrow(
      /operator\.yaml says v?1\.2\.2, package\.json says 1\.2\.3/,
    );
  });

  test('is refused without a file that the documentation applies', async () => {
    await rm(join(folder, 'operator-openshift.yaml'));

    await expect(collectRelease('1.2.3', folder)).rejects.toThrow(
      /operator-openshift\.yaml missing/,
    );
  });

  test('can be made of the manifests of this version', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

    await expect(collectRelease(version, 'manifests')).resolves.toEqual(
      expect.arrayContaining([expect.objectContaining({ path: 'operator.yaml' })]),
    );
  });
});
