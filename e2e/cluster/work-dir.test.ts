import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { temporaryDir } from './testing/temporary-dir.ts';
import { withWorkDir } from './work-dir.ts';

const DEAD_PROCESS = 4_194_304;

describe('withWorkDir', () => {
  test('leaves what the work has renamed and nothing else', async () => {
    await using dir = await temporaryDir();
    const target = join(dir.path, 'result');

    await withWorkDir(target, async (workDir) => {
      await writeFile(join(workDir, 'file'), '');
      await rename(workDir, target);
    });

    expect(await readdir(dir.path)).toEqual(['result']);
  });

  test('leaves nothing when the work fails', async () => {
    await using dir = await temporaryDir();
    const failing = withWorkDir(join(dir.path, 'x'), () => Promise.reject(new Error('broken')));

    await expect(failing).rejects.toThrow('broken');
    expect(await readdir(dir.path)).toEqual([]);
  });

  test('removes what a killed process left, and nothing of a running one', async () => {
    await using dir = await temporaryDir();
    const target = join(dir.path, 'x');
    const running = `x.incomplete-${process.ppid}`;
    await mkdir(`${target}.incomplete-${DEAD_PROCESS}`);
    await mkdir(join(dir.path, running));
    await mkdir(join(dir.path, `other.incomplete-${DEAD_PROCESS}`));

    await withWorkDir(target, () => Promise.resolve());

    expect((await readdir(dir.path)).sort()).toEqual([`other.incomplete-${DEAD_PROCESS}`, running]);
  });
});
