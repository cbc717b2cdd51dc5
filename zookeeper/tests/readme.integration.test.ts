import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { connect, digestAuth, type ZooKeeperClient } from '../index.ts';
import { startSecureServer, type SecureServer } from '../testing/index.ts';
import { createAuthority } from '../../testing/certificates.ts';
import { eventually } from '../../testing/eventually.ts';
import { readSnippets } from '../testing/readme-snippets.ts';

jest.setTimeout(300_000);

const readme = join(import.meta.dirname, '..', 'README.md');
const folder = join(import.meta.dirname, '..', '..', '.cache', 'readme');
const imports = `import { readFile } from 'node:fs/promises';
import { fourLetterWord, parseSrvr } from '../../zookeeper/index.ts';
`;

/** What the snippets take for given, by name and type. */
const given = `
export interface Given {
  zk: import('../../zookeeper/index.ts').ZooKeeperClient;
  signal: AbortSignal;
  password: string;
  caFile: string;
  cert: string;
  key: string;
  paths: AsyncIterable<string>;
  report: (error: unknown) => void;
  readTree: (path: string) => Promise<void>;
  readAgain: (path: string) => Promise<void>;
}
`;
const names = [...given.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name).join(', ');

type Given = Record<string, unknown>;
type Run = (given: Given) => Promise<unknown>;

let dir: string;
let running: SecureServer;
let zk: ZooKeeperClient;
let common: Given;
/** By their places in the README. */
let runs: Run[];

/** Every snippet a function of its own, with the addresses of servers that exist. */
async function writeModule(): Promise<string> {
  const [first, ...snippets] = await readSnippets(readme);
  const functions = snippets.map(({ heading, code }, index) => {
    const body = code
      .replace(/servers: \['zk-0\.zk:2281'\]/, `servers: ['${running.secureAddress}']`)
      .replace(/servers: \[.*'zk-2:2181\/app'\]/, `servers: ['${running.address}']`)
      .replace("'zk-0:2181'", `'${running.address}'`);
    return `// ${heading}\nexport async function run${index}({ ${names} }: Given): Promise<unknown> {
void [${names}];
{
${body}}
return undefined;
}`;
  });
  const own = (first?.code ?? '').replace('../zookeeper/', '../../zookeeper/');
  const file = join(folder, 'snippets.ts');
  await mkdir(folder, { recursive: true });
  await writeFile(file, [own, imports, given, ...functions].join('\n'));
  return file;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'readme-'));
  const authority = await createAuthority(dir, 'authority');
  const certificate = await authority.issue('server', { names: ['zk'], addresses: [] });
  const { cert, key } = await authority.issue('client');
  running = await startSecureServer({
    tls: { certificate, trusted: authority.cert },
    saslUsers: { app: 'secret' },
  });
  const caFile = join(dir, 'authority.pem');
  await writeFile(caFile, authority.cert);
  zk = await connect({ servers: [running.address], auth: [digestAuth('user', 'password')] });
  const { signal } = new AbortController();
  common = { zk, signal, password: 'secret', caFile, cert, key };
  const module = (await import(await writeModule())) as Record<string, Run>;
  runs = Object.keys(module).map((_, index) => module[`run${index}`]!);
});

afterAll(async () => {
  await zk.close();
  await running.stop();
  for (const folderOfOurs of [dir, folder]) await rm(folderOfOurs, { recursive: true });
});

/** Runs the one snippet that holds this text. */
async function run(text: string, own: Given = {}): Promise<unknown> {
  const [, ...snippets] = await readSnippets(readme);
  const found = snippets.flatMap(({ code }, index) => (code.includes(text) ? [index] : []));
  expect({ text, found: found.length }).toEqual({ text, found: 1 });
  return runs[found[0]!]!({ ...common, ...own });
}

test('every snippet of the README does what it says', async () => {
  await run("'zk-2:2181/app'");
  await run('sasl: {');
  await run('parseSrvr(');
  await zk.create('/a', Buffer.from('1'));
  await run("mode: 'ephemeral'");
  expect((await zk.exists('/b'))?.ephemeralOwner).toBe(zk.sessionId);
  await zk.create('/lock', null);
  for (let version = 1; version <= 3; version++) await zk.setData('/lock', null);
  await run('zk.multi([');
  expect((await zk.getData('/a')).data?.toString()).toBe('y');
  await run('zk.multiRead([');

  const reported: unknown[] = [];
  const paths = (async function* () {
    yield await Promise.resolve('/a/1');
    yield '/none';
  })();
  await run('zk.isSaturated', { paths, report: (error: unknown) => reported.push(error) });
  await eventually(() => reported.length === 1, { timeoutMs: 30_000 });
  expect(await zk.exists('/a/1')).toBeNull();

  const over = new Error('seen enough');
  await zk.create('/app', null);
  const watching = run('recursive: true', {
    readTree: () => zk.create('/app/new', null),
    readAgain: (path: string) => Promise.reject(path === '/app/new' ? over : new Error(path)),
  });
  await expect(watching).rejects.toBe(over);

  let isFired = false;
  const fired = run('watch.fired').then(() => {
    isFired = true;
  });
  const writing = async (): Promise<boolean> => {
    await zk.setData('/a', null);
    return isFired;
  };
  await eventually(writing, { timeoutMs: 30_000 });
  await fired;

  await zk.create('/counter', Buffer.from('1'));
  await run("'/counter'");
  expect((await zk.getData('/counter')).data?.toString()).toBe('2');
});

test('no snippet of the README is left out', async () => {
  expect(await readSnippets(readme)).toHaveLength(11);
});

// Last, because the compiler holds the process up for longer than a session may last.
test('and compiles', () => {
  const root = join(import.meta.dirname, '..', '..');
  const read = (path: string): string | undefined => ts.sys.readFile(path);
  const parsed: unknown = ts.readConfigFile(join(root, 'tsconfig.json'), read).config;
  const { options } = ts.parseJsonConfigFileContent(parsed, ts.sys, root);
  const lenient = { ...options, incremental: false, noUnusedLocals: false };
  const file = join(folder, 'snippets.ts');
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], lenient));
  expect(diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'))).toEqual([]);
});
