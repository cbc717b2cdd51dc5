import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { optionsSha256, synchronizeOptions } from '../../api/options/options-file.ts';
import { parseConfig, type ParsedConfig } from '../config.ts';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'options-'));
  path = join(dir, 'options.json');
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function parse(words: readonly string[]): ParsedConfig {
  return parseConfig(words, { env: {}, isTerminal: false, version: '1.2.3' });
}

/** The words of a Job whose file holds this. */
function wordsFor(content: string, sha256 = optionsSha256(content)): readonly string[] {
  writeFileSync(path, content);
  return ['synchronize', `--options-file=${path}`, `--options-sha256=${sha256}`];
}

function sentencesOf(words: readonly string[]): string {
  const parsed = parse(words);
  expect(parsed).toMatchObject({ kind: 'exit', isError: true });
  return parsed.kind === 'exit' ? parsed.text : '';
}

const REQUIRED: SynchronizeArguments = {
  sourceServers: ['a:1'],
  destinationServers: ['b:2'],
  rootPath: '/test',
};

const HOSTILE: SynchronizeArguments = {
  sourceServers: ['s1:1', '[::1]:2/ch$$root/$(HOME)'],
  destinationServers: ['d:3/$$'],
  rootPath: '/a/dol$$x, "ü" \\ $(KUBERNETES_SERVICE_PORT)',
  sourceCredentialsDir: '/s',
  sourceAuthentication: 'Sasl',
  sourceTls: true,
  sourceTlsServerName: '$$.$(HOME)',
  sourceSessionTimeoutSeconds: 11,
  writerId: '--writer-id=$$',
  deadlineSeconds: 13,
  createRootPath: false,
  deletionPolicy: 'Keep',
  deletionMinCount: 0,
  excludePaths: ['/a,b/$$', '/$(HOME)/**', '/true'],
  excludePresets: ['Kafka', 'Solr'],
  nodeTypes: ['/a=$$,/*=Container', '/b/**=TTL:1099511627775'],
  maxBufferBytes: 1_048_576,
  readsPerSecond: 0,
  dryRun: true,
  verify: false,
};

describe('a file of options', () => {
  test.each([
    { name: 'what is required', args: REQUIRED },
    { name: 'names full of dollar signs', args: HOSTILE },
  ])('means what the same command line means: $name', ({ args }) => {
    const parsed = parse(wordsFor(synchronizeOptions(args).json));
    expect(parsed.kind).toBe('run');
    expect(parsed).toEqual(parse(synchronizeCommandLine(args)));
  });

  test('may hold servers whose chroot has a comma', () => {
    const servers = { sourceServers: ['a:1', 'b:2/x,y'] };
    expect(parse(wordsFor(synchronizeOptions({ ...REQUIRED, ...servers }).json))).toMatchObject({
      config: { source: { servers: ['a:1', 'b:2'], chroot: '/x,y' } },
    });
  });

  test('may be read beside flags of the process', () => {
    const words = [...wordsFor(synchronizeOptions(REQUIRED).json), '--log-level=debug'];
    expect(parse(words)).toMatchObject({ config: { rootPath: '/test', logLevel: 'debug' } });
  });

  test('is judged as a command line is', () => {
    const args = { ...REQUIRED, rootPath: 'test', excludePaths: ['logs'], deletionMaxPercent: 101 };
    expect(sentencesOf(wordsFor(synchronizeOptions(args).json))).toBe(
      sentencesOf(synchronizeCommandLine(args)),
    );
  });
});

describe('a file of options that is not believed', () => {
  test('is not the one with the hash', () => {
    const other = synchronizeOptions({ ...REQUIRED, rootPath: '/other' });
    const says = sentencesOf(
      wordsFor(synchronizeOptions(REQUIRED).json, optionsSha256(other.json)),
    );
    expect(says).toMatch(
      /^--options-sha256: the options in .*options\.json are not those with the hash [0-9a-f]{64}; theirs is [0-9a-f]{64}: something changed the pod .* mutating webhook\. Nothing was copied\. Keep it away from pods with the label app\.kubernetes\.io\/name=resiliency-worker, and create a new Synchronization\.\n$/,
    );
  });

  test('is empty, as where the annotation was removed', () => {
    const { json } = synchronizeOptions(REQUIRED);
    expect(sentencesOf(wordsFor('', optionsSha256(json)))).toMatch(/hash .*; there are none: some/);
  });

  test.each(['--root-path=/other', '--dry-run', '--exclude-path=/a', '--source-servers=x:1'])(
    'has %s beside it',
    (word) => {
      const words = [...wordsFor(synchronizeOptions(REQUIRED).json), word];
      expect(sentencesOf(words)).toMatch(
        /^--[a-z-]+: must not stand beside --options-file, which /,
      );
    },
  );

  test('has no hash, or a hash no file', () => {
    const [command = '', file = '', hash = ''] = wordsFor(synchronizeOptions(REQUIRED).json);
    expect(sentencesOf([command, file])).toBe(
      '--options-sha256: is missing, must stand beside --options-file.\n',
    );
    expect(sentencesOf([command, hash])).toMatch(
      /^--options-sha256: found ".*", needs --options-f/,
    );
  });

  test('is for another command', () => {
    const words = wordsFor('{"command":"diff","options":{}}');
    expect(sentencesOf(words)).toContain('must hold {"command":"synchronize","options":{…}}');
  });

  test.each(['diff', 'forget'])('is given to %s', (command) => {
    const [, ...words] = wordsFor(synchronizeOptions(REQUIRED).json);
    expect(sentencesOf([command, ...words])).toContain("unknown option '--options-file=");
  });

  test.each(['', 'null', '[]', '{', '{"command":"synchronize"}', '{"options":{}}'])(
    'is not what an operator writes: %j',
    (content) => {
      expect(sentencesOf(wordsFor(content))).toContain('must hold {"command":"synchronize"');
    },
  );

  test.each(['rootPath', '__proto__', 'options-file', 'log-level', '--root-path'])(
    'has the option %s, which nobody knows there',
    (name) => {
      const words = wordsFor(`{"command":"synchronize","options":{"${name}":"x"}}`);
      expect(sentencesOf(words)).toContain(
        `found the option "${name}", which this worker does not know: operator and worker must be of one version.`,
      );
    },
  );

  test.each([
    { name: 'root-path', value: '["/a"]', must: 'must be a text, a number, true or false' },
    { name: 'root-path', value: 'null', must: 'must be a text, a number, true or false' },
    { name: 'verify', value: '{}', must: 'must be a text, a number, true or false' },
    { name: 'exclude-path', value: '"/a"', must: 'must be a list of texts' },
    { name: 'source-servers', value: '[1]', must: 'must be a list of texts' },
  ])('has $value for $name', ({ name, value, must }) => {
    const words = wordsFor(`{"command":"synchronize","options":{"${name}":${value}}}`);
    expect(sentencesOf(words)).toMatch(new RegExp(`^--${name}: found .*, ${must}\\.`));
  });

  test('is larger than an annotation can be', () => {
    const says = sentencesOf(wordsFor(' '.repeat(256 * 1024 + 1)));
    expect(says).toContain('must name a file of at most 262144 bytes; it has 262145');
    expect(sentencesOf(wordsFor(' '.repeat(256 * 1024)))).toContain('must hold {"command"');
  });

  test.each([
    { what: 'is missing', name: 'none.json', says: 'must name a file that can be read (ENOENT)' },
    { what: 'is a directory', name: '.', says: 'at most 262144 bytes; it is no file' },
  ])('$what', ({ name, says }) => {
    const words = ['synchronize', `--options-file=${join(dir, name)}`, '--options-sha256=0'];
    expect(sentencesOf(words)).toContain(says);
  });
});
