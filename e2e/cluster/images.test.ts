import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hashImageInputs } from './images.ts';
import { temporaryDir } from './testing/temporary-dir.ts';

const image = { reference: 'a/b:1', dockerfile: 'Dockerfile.x', inputs: ['Dockerfile.x', 'src'] };

async function writeSources(dir: string): Promise<void> {
  await mkdir(join(dir, 'src', 'testing'), { recursive: true });
  await writeFile(join(dir, 'Dockerfile.x'), 'FROM scratch\n');
  await writeFile(join(dir, 'src', 'main.ts'), 'main();\n');
}

describe('hashImageInputs', () => {
  test('stays the same while nothing changes', async () => {
    await using dir = await temporaryDir();
    await writeSources(dir.path);

    const before = await hashImageInputs(dir.path, image, 'base');

    expect(await hashImageInputs(dir.path, image, 'base')).toBe(before);
  });

  test.each([
    {
      change: 'the content of a source',
      apply: (dir: string) => writeFile(join(dir, 'src/main.ts'), 'other();\n'),
    },
    {
      change: 'the name of a source',
      apply: (dir: string) => rename(join(dir, 'src/main.ts'), join(dir, 'src/mains.ts')),
    },
    {
      change: 'the Dockerfile',
      apply: (dir: string) => writeFile(join(dir, 'Dockerfile.x'), 'FROM other\n'),
    },
  ])('changes with $change', async ({ apply }) => {
    await using dir = await temporaryDir();
    await writeSources(dir.path);
    const before = await hashImageInputs(dir.path, image, 'base');

    await apply(dir.path);

    expect(await hashImageInputs(dir.path, image, 'base')).not.toBe(before);
  });

  test('changes with the base image', async () => {
    await using dir = await temporaryDir();
    await writeSources(dir.path);

    const one = await hashImageInputs(dir.path, image, 'base:1');

    expect(await hashImageInputs(dir.path, image, 'base:2')).not.toBe(one);
  });

  test('does not change with a test, which no image contains', async () => {
    await using dir = await temporaryDir();
    await writeSources(dir.path);
    const before = await hashImageInputs(dir.path, image, 'base');

    await writeFile(join(dir.path, 'src/main.test.ts'), 'test();\n');
    await writeFile(join(dir.path, 'src/testing/fake.ts'), 'fake();\n');

    expect(await hashImageInputs(dir.path, image, 'base')).toBe(before);
  });

  test('takes an input that does not exist for an empty one', async () => {
    await using dir = await temporaryDir();

    await expect(hashImageInputs(dir.path, image, 'base')).resolves.toMatch(/^[0-9a-f]{16}$/);
  });
});
