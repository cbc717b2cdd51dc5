import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { temporaryDir } from '../testing/temporary-dir.ts';
import { createPidFiles, identify, isAlive, killProcess, parseProcessStat } from './processes.ts';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

test('parseProcessStat copes with blanks and parentheses in the name of a program', () => {
  const fields = ['S', '1', ...Array.from({ length: 17 }, () => '0'), '4242', '9'];

  expect(parseProcessStat(`17 (a) b) c) ${fields.join(' ')}`)).toEqual({
    state: 'S',
    startTicks: '4242',
  });
});

onLinux('a process', () => {
  test('is known by its number and its start', () => {
    const own = identify(process.pid);

    expect(own).not.toBeNull();
    expect(isAlive(own!)).toBe(true);
    expect(isAlive({ ...own!, startTicks: '1' })).toBe(false);
  });

  test('that has another start than the noted one is not killed', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');

    await killProcess({ pid: child.pid!, startTicks: '1' });

    expect(identify(child.pid!)).not.toBeNull();
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test('that is the noted one is gone after it was killed', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const noted = identify(child.pid!)!;

    await killProcess(noted);

    expect(isAlive(noted)).toBe(false);
  });
});

onLinux('pid files', () => {
  test('give back what was noted', async () => {
    await using dir = await temporaryDir();
    const pidFiles = createPidFiles(join(dir.path, 'pids'));
    expect([...(await pidFiles.list())]).toEqual([]);

    await pidFiles.write('etcd', process.pid);

    expect([...(await pidFiles.list())]).toEqual([['etcd', identify(process.pid)]]);
  });

  test('that were not written completely do not count', async () => {
    await using dir = await temporaryDir();
    await writeFile(join(dir.path, 'etcd.json.incomplete'), '{"pid":');

    expect([...(await createPidFiles(dir.path).list())]).toEqual([]);
  });
});
