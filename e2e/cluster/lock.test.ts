import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { withLock } from './lock.ts';
import { temporaryDir } from './testing/temporary-dir.ts';

describe('withLock', () => {
  test('refuses a second one while the first is at work', async () => {
    await using dir = await temporaryDir();
    const lock = join(dir.path, 'lock');

    await withLock(lock, async () => {
      const second = withLock(lock, () => Promise.resolve());
      await expect(second).rejects.toThrow(`Process ${process.pid} is changing the cluster`);
    });
  });

  test.each([
    { left: 'a process that is gone', content: '4194304 1' },
    { left: 'a process whose number another one has now', content: `${process.pid} 1` },
    { left: 'a process killed before it could write', content: '' },
  ])('takes over the lock of $left', async ({ content }) => {
    await using dir = await temporaryDir();
    const lock = join(dir.path, 'lock');
    await writeFile(lock, content);

    await expect(withLock(lock, () => Promise.resolve('done'))).resolves.toBe('done');
  });

  test('leaves no lock behind, however the work ends', async () => {
    await using dir = await temporaryDir();
    const failing = withLock(join(dir.path, 'lock'), () => Promise.reject(new Error('broken')));

    await expect(failing).rejects.toThrow('broken');
    expect(await readdir(dir.path)).toEqual([]);
  });
});
