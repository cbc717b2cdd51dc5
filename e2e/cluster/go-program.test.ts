import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildGoProgram } from './go-program.ts';
import type { Command } from './run-command.ts';
import { createFakeCommandRunner, type FakeCommandRunner } from './testing/fake-command-runner.ts';
import { silentProgress } from './testing/silent-progress.ts';
import { temporaryDir } from './testing/temporary-dir.ts';

async function writeOutput({ args }: Command): Promise<{ exitCode: number }> {
  await writeFile(args[args.indexOf('-o') + 1] ?? '', 'binary');
  return { exitCode: 0 };
}

async function setUp(dir: string) {
  const runner = createFakeCommandRunner();
  runner.answer('go build', writeOutput);
  const sourceDir = join(dir, 'src');
  await mkdir(sourceDir);
  await writeFile(join(sourceDir, 'go.mod'), 'module x\n');
  await writeFile(join(sourceDir, 'main.go'), 'package main\n');
  const cacheDir = join(dir, 'cache');
  const build = { run: runner.run, progress: silentProgress, cacheDir };
  return { runner, sourceDir, cacheDir, build, program: { name: 'x', sourceDir } };
}

function builds({ lines }: FakeCommandRunner): number {
  return lines.filter((line) => line.startsWith('go build')).length;
}

describe('buildGoProgram', () => {
  test('builds once and finds the program in the cache afterwards', async () => {
    await using dir = await temporaryDir();
    const { runner, program, build } = await setUp(dir.path);

    const first = await buildGoProgram(program, build);
    const second = await buildGoProgram(program, build);

    expect(second).toBe(first);
    expect(builds(runner)).toBe(1);
  });

  test('never lets a build change the pinned versions', async () => {
    await using dir = await temporaryDir();
    const { runner, program, build } = await setUp(dir.path);

    await buildGoProgram(program, build);

    const command = runner.commands.find(({ args }) => args[0] === 'build');
    expect(command?.env).toMatchObject({ GOFLAGS: '-mod=readonly', GOWORK: 'off' });
  });

  test('builds anew when a source or a flag is another', async () => {
    await using dir = await temporaryDir();
    const { runner, program, sourceDir, build } = await setUp(dir.path);
    const paths = [await buildGoProgram(program, build)];

    await writeFile(join(sourceDir, 'main.go'), 'package main // changed\n');
    paths.push(await buildGoProgram(program, build));
    paths.push(await buildGoProgram({ ...program, linkerFlags: '-X a=b' }, build));

    expect(new Set(paths).size).toBe(3);
    expect(builds(runner)).toBe(3);
  });

  test('takes no failed build for a program, and leaves nothing of it', async () => {
    await using dir = await temporaryDir();
    const { runner, program, cacheDir, build } = await setUp(dir.path);
    runner.answer('go build', async (command) => {
      await writeOutput(command);
      return { exitCode: 1, stderr: 'undefined: x' };
    });

    await expect(buildGoProgram(program, build)).rejects.toThrow(/undefined: x/);

    expect(await readdir(join(cacheDir, 'go'))).toEqual([]);
  });

  test('says what to install where there is no Go', async () => {
    await using dir = await temporaryDir();
    const { runner, program, build } = await setUp(dir.path);
    runner.answer('go version', { exitCode: 127 });

    await expect(buildGoProgram(program, build)).rejects.toThrow(/needs Go 1\.26 or newer/);
  });
});
