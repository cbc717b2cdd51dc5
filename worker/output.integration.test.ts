import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { argumentsWith, root, source, useTwoClusters } from './testing/two-clusters.ts';
import { put, putMany } from './testing/znodes.ts';

const WORKER = fileURLToPath(new URL('../dist/worker.js', import.meta.url));
const ZNODES = 8_000;
const TREE = '/output-tree';
const TIMEOUT_MS = 120_000;

useTwoClusters();

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'output-'));
  await putMany(source, TREE, { count: ZNODES, data: 'x' });
}, TIMEOUT_MS);
afterAll(() => {
  rmSync(dir, { recursive: true });
});

interface Ended {
  /** Exit code of the worker. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a worker in a shell, as a person does; `redirect` is what follows its words. */
async function inShell(command: string, rootPath: string, redirect: string): Promise<Ended> {
  const { sourceServers, destinationServers } = argumentsWith({});
  const words = [
    ...[process.execPath, WORKER, command, '--log-format=json'],
    ...[`--source-servers=${sourceServers.join()}`, `--root-path=${rootPath}`],
    `--destination-servers=${destinationServers.join()}`,
  ];
  const code = join(dir, 'code');
  const line = `{ ${words.join(' ')}; echo $? >${code}; } ${redirect}; cat ${code} >&3`;
  const ended = await promisify(execFile)('bash', ['-c', `exec 3>&1; ${line}`], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const lines = ended.stdout.trimEnd().split('\n');
  return {
    code: Number(lines.at(-1)),
    stdout: lines.slice(0, -1).join('\n'),
    stderr: ended.stderr,
  };
}

describe('what diff prints', () => {
  test(
    'ends quietly where its reader has enough, with the code that is right',
    async () => {
      const { code, stdout, stderr } = await inShell('diff', TREE, '| head -2');
      expect(code).toBe(3);
      expect(stdout.split('\n')).toHaveLength(2);
      expect(stderr).not.toMatch(/EPIPE|Unhandled|at .*\.js/);
      expect(stderr).toContain('"outcome":"Differences"');
    },
    TIMEOUT_MS,
  );

  test(
    'is read to its end, however slowly',
    async () => {
      const { code, stdout } = await inShell('diff', TREE, '| (sleep 4; wc -l)');
      expect(code).toBe(3);
      // Each znode, the root, and the summary.
      expect(Number(stdout)).toBe(ZNODES + 2);
    },
    TIMEOUT_MS,
  );

  test(
    'is not complete on a full disk, and says so',
    async () => {
      const { code, stderr } = await inShell('diff', TREE, '>/dev/full');
      expect(code).toBe(54);
      expect(stderr).toMatch(
        /not complete: standard output cannot be written \(ENOSPC\)\. Make room/,
      );
      expect(stderr).not.toContain('Unhandled');
    },
    TIMEOUT_MS,
  );

  test(
    'is whole where its log has no room',
    async () => {
      const { code, stdout } = await inShell('diff', TREE, '2>/dev/full');
      expect(code).toBe(3);
      expect(stdout.split('\n')).toHaveLength(ZNODES + 2);
    },
    TIMEOUT_MS,
  );
});

describe('the log of a copy', () => {
  test.each([
    {
      where: 'on a full disk',
      redirect: '>/dev/full',
      says: /^Standard output cannot be written \(E/,
    },
    { where: 'that nobody reads', redirect: '| true', says: /^$/ },
  ])(
    '$where costs the log and not the copy',
    async ({ redirect, says }) => {
      await put(source, { [`${root}/a`]: 'a' });
      const { code, stderr } = await inShell('synchronize', root, redirect);
      expect(code).toBe(0);
      expect(stderr).toMatch(says);
      expect(await inShell('diff', root, '2>/dev/null')).toMatchObject({ code: 0 });
    },
    TIMEOUT_MS,
  );
});
