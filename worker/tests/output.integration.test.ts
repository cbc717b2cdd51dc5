import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { argumentsWith, root, source, useTwoClusters } from '../testing/two-clusters.ts';
import { put, putMany } from '../testing/znodes.ts';

const WORKER = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));
const ZNODES = 8_000;
/** Long, so that its differences are more than memory is for. */
const TREE = `/output-tree-${'x'.repeat(100)}`;
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

interface InShellOptions {
  /** `NAME=value`. */
  readonly env?: string;
  /** Options of Node. */
  readonly node?: readonly string[];
  /** More for the worker. */
  readonly words?: readonly string[];
}

/**
 * Runs a worker in a shell, as a person does; `redirect` is what follows its words.
 */
async function inShell(
  command: string,
  rootPath: string,
  redirect: string,
  { env = '', node = [], words: more = [] }: InShellOptions = {},
): Promise<Ended> {
  const { sourceServers, destinationServers } = argumentsWith({});
  const words = [
    ...[env, process.execPath, ...node, WORKER, command, '--log-format=json', ...more],
    ...[`--source-servers=${sourceServers.join()}`, `--root-path=${rootPath}`],
    `--destination-servers=${destinationServers.join()}`,
  ];
  const code = join(dir, 'code');
  rmSync(code, { force: true });
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

/** Code that runs before the worker's own. */
function preload(name: string, code: string): readonly string[] {
  const file = join(dir, `${name}.cjs`);
  writeFileSync(file, code);
  return [`--require=${file}`];
}

describe.each(['synchronize', 'diff'])('more differences than memory is for: %s', (command) => {
  const words = ['--max-buffer-bytes=1048576', '--dry-run'];

  test.each([
    {
      where: 'a temporary directory that is not there',
      prefix: () => [],
      dirName: 'missing',
      says: 'cannot be made in .*missing \\(ENOENT\\)',
    },
    {
      where: 'a full disk',
      prefix: () =>
        preload(
          'full',
          `const fs = require('node:fs'); const { writeSync } = fs;
           fs.writeSync = (fd, data, ...rest) => {
             if (typeof data === 'string') return writeSync(fd, data, ...rest);
             throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
           };`,
        ),
      dirName: 'full',
      says: 'cannot be written in .*full \\(ENOSPC\\)',
    },
  ])(
    'ends with a sentence where they meet $where, and leaves nothing there',
    async ({ prefix, dirName, says }) => {
      const spill = join(dir, dirName);
      if (dirName === 'full') mkdirSync(spill, { recursive: true });
      const env = `TMPDIR=${spill}`;
      const ended = await inShell(command, TREE, `2>&1; ls ${spill} 2>/dev/null || true`, {
        node: prefix(),
        words: command === 'diff' ? words.slice(0, 1) : words,
        env,
      });
      expect(ended.stdout).toMatch(new RegExp(`${says}: make room there .*maxBufferBytes`));
      expect(ended.code).toBe(47);
      expect(ended.stdout).not.toMatch(/ at .*\.js|worker\.program|resiliency-worker-/);
    },
    TIMEOUT_MS,
  );
});

test(
  'what Node warns of is a line of the log',
  async () => {
    const node = preload(
      'warns',
      `process.emitWarning('The old one is deprecated.', 'DeprecationWarning', 'DEP9999');`,
    );
    const { stdout, stderr } = await inShell('synchronize', root, '', { node });
    expect(stderr).toBe('');
    const lines = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'warning of Node',
        code: 'DEP9999',
        text: 'The old one is deprecated.',
      }),
    );
  },
  TIMEOUT_MS,
);
