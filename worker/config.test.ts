import { describe, expect, test } from '@jest/globals';
import { flagOf, type OptionDefinition } from '../api/options/definition.ts';
import { synchronizeCommandLine } from '../api/options/command-line.ts';
import { COPY_OPTIONS, type SynchronizeArguments } from '../api/options/synchronize-options.ts';
import { parseConfig, type ParsedConfig, type Surroundings } from './config.ts';

const SURROUNDINGS: Surroundings = { env: {}, isTerminal: false, version: '1.2.3' };

const REQUIRED = ['--source-servers=a:2181', '--destination-servers=b:2181', '--root-path=/test'];

function parse(words: readonly string[], surroundings: Partial<Surroundings> = {}): ParsedConfig {
  return parseConfig(words, { ...SURROUNDINGS, ...surroundings });
}

function configOf(words: readonly string[], surroundings: Partial<Surroundings> = {}) {
  const parsed = parse(['synchronize', ...REQUIRED, ...words], surroundings);
  if (parsed.kind === 'exit') throw new Error(parsed.text);
  return parsed.config;
}

/** A value that is not the default; undefined for a text, which has a form of its own. */
function anotherValueOf(definition: OptionDefinition): string | undefined {
  switch (definition.type) {
    case 'boolean':
      return String(!definition.default);
    case 'integer':
      return String((definition.default ?? definition.minimum) + 1);
    case 'word':
      return definition.words.find((word) => word !== definition.default);
    case 'words':
      return definition.words[0];
    default:
      return undefined;
  }
}

describe('a command line', () => {
  test('has the documented defaults', () => {
    expect(configOf([])).toMatchObject({
      command: 'synchronize',
      source: {
        servers: ['a:2181'],
        chroot: '',
        credentialsDir: null,
        authentication: 'None',
        tls: null,
        sessionTimeoutMs: 30_000,
      },
      destination: { servers: ['b:2181'] },
      rootPath: '/test',
      deadlineMs: null,
      createRootPath: true,
      deletionPolicy: 'Mirror',
      deletionMaxPercent: 50,
      deletionMinCount: 100,
      allowEmptySource: false,
      excludePaths: [],
      excludePresets: [],
      nodeTypeRules: [],
      dryRun: false,
      maxBufferBytes: 67_108_864,
      rateLimits: {
        readsPerSecond: 20_000,
        writesPerSecond: 10_000,
        bytesPerSecond: 33_554_432,
      },
      verify: true,
      driver: 'pipelined',
      logFormat: 'json',
      logLevel: 'info',
    });
  });

  test('of forget needs no source, and takes no flag of a copy', () => {
    const words = ['forget', '--destination-servers=b:2181', '--root-path=/test'];
    expect(parse(words)).toMatchObject({
      kind: 'run',
      config: { command: 'forget', source: { servers: [] }, rootPath: '/test' },
    });
    expect(parse([...words, '--source-servers=a:1'])).toMatchObject({
      kind: 'run',
      config: { command: 'forget', source: { servers: ['a:1'] } },
    });
    expect(parse([...words, '--writer-id=x'])).toMatchObject({ kind: 'exit', isError: true });
    expect(parse([...words, '--format=json'])).toMatchObject({ kind: 'exit', isError: true });
  });

  test.each(['text', 'json', 'summary'])('of diff may ask for %s', (format) => {
    const words = ['diff', '--source-servers=a:1', '--destination-servers=b:1', '--root-path=/'];
    expect(parse([...words, `--format=${format}`])).toMatchObject({ kind: 'run' });
    expect(parse([...words, '--format=yaml'])).toMatchObject({ kind: 'exit', isError: true });
  });

  test('takes each option of the table from its own flag', () => {
    const standard = configOf([]);
    for (const [name, definition] of Object.entries<OptionDefinition>(COPY_OPTIONS)) {
      const value = anotherValueOf(definition);
      if (value === undefined) continue;
      const changed = configOf([`${flagOf(name, definition)}=${value}`]);
      expect([name, changed]).not.toEqual([name, standard]);
    }
  });

  test('takes everything the operator can pass', () => {
    const args: SynchronizeArguments = {
      sourceServers: ['s1:1', '[::1]:2/chroot'],
      destinationServers: ['d:3'],
      rootPath: '/ü, ö',
      sourceCredentialsDir: '/s',
      destinationCredentialsDir: '/d',
      sourceAuthentication: 'Sasl',
      destinationAuthentication: 'None',
      sourceTls: true,
      destinationTls: true,
      sourceTlsServerName: 's.example',
      destinationTlsServerName: 'd.example',
      sourceSessionTimeoutSeconds: 11,
      destinationSessionTimeoutSeconds: 12,
      sourceJuteMaxBufferBytes: 2_000_000,
      destinationJuteMaxBufferBytes: 3_000_000,
      writerId: '-x',
      deadlineSeconds: 13,
      createRootPath: false,
      deletionPolicy: 'Keep',
      deletionMaxPercent: 0,
      deletionMinCount: 0,
      allowEmptySource: true,
      destinationDrift: 'Overwrite',
      excludePaths: ['/a,b', '/**/c'],
      excludePresets: ['Kafka', 'Solr'],
      nodeTypes: ['/a=,/*=Container', '/b/**=TTL:1099511627775'],
      maxBufferBytes: 1_048_576,
      readsPerSecond: 0,
      writesPerSecond: 7,
      bytesPerSecond: 8,
      preserveAcls: false,
      preserveSequenceCounters: false,
      maxCounterRaise: 5,
      preserveDataVersions: true,
      sourceWitness: 'Never',
      dryRun: true,
      verify: false,
    };
    const parsed = parse(synchronizeCommandLine(args));
    expect(parsed).toMatchObject({
      kind: 'run',
      config: {
        source: {
          servers: ['s1:1', '[::1]:2'],
          chroot: '/chroot',
          credentialsDir: '/s',
          authentication: 'Sasl',
          tls: { serverName: 's.example' },
          sessionTimeoutMs: 11_000,
          juteMaxBufferBytes: 2_000_000,
        },
        destination: {
          servers: ['d:3'],
          credentialsDir: '/d',
          authentication: 'None',
          tls: { serverName: 'd.example' },
          sessionTimeoutMs: 12_000,
          juteMaxBufferBytes: 3_000_000,
        },
        rootPath: '/ü, ö',
        writerId: '-x',
        deadlineMs: 13_000,
        createRootPath: false,
        deletionPolicy: 'Keep',
        deletionMaxPercent: 0,
        deletionMinCount: 0,
        allowEmptySource: true,
        excludePaths: ['/a,b', '/**/c'],
        excludePresets: ['Kafka', 'Solr'],
        nodeTypeRules: [
          { glob: '/a=,/*', nodeType: { type: 'Container' } },
          { glob: '/b/**', nodeType: { type: 'TTL', ttlMs: 1_099_511_627_775 } },
        ],
        rateLimits: { readsPerSecond: 0, writesPerSecond: 7, bytesPerSecond: 8 },
        dryRun: true,
        verify: false,
      },
    });
  });

  test('authenticates as the servers offer it, once it has credentials', () => {
    expect(configOf(['--source-credentials-dir=/s', '--source-tls'])).toMatchObject({
      source: { authentication: 'Auto', tls: { serverName: null } },
      destination: { authentication: 'None', tls: null },
    });
  });

  test('takes a switch alone for true', () => {
    expect(configOf(['--dry-run', '--allow-empty-source'])).toMatchObject({
      dryRun: true,
      allowEmptySource: true,
    });
  });

  test('logs prettily on a terminal, and otherwise as the environment says', () => {
    expect(configOf([], { isTerminal: true }).logFormat).toBe('pretty');
    const env = { RESILIENCY_LOG_FORMAT: 'pretty', RESILIENCY_LOG_LEVEL: 'debug' };
    expect(configOf([], { env })).toMatchObject({ logFormat: 'pretty', logLevel: 'debug' });
    expect(configOf(['--log-format=json'], { env }).logFormat).toBe('json');
  });

  test.each(['--help', '--version'])('%s prints and is no mistake', (word) => {
    const parsed = parse([word]);
    expect(parsed).toMatchObject({ kind: 'exit', isError: false });
    expect(parsed.kind === 'exit' && parsed.text).toContain(
      word === '--help' ? 'synchronize' : '1.2.3',
    );
  });

  test('explains every flag in the help of a command', () => {
    const parsed = parse(['synchronize', '--help']);
    const text = parsed.kind === 'exit' ? parsed.text : '';
    expect(text).toContain('--deletion-max-percent <percent>');
    expect(text).toContain('--verify [boolean]');
  });
});

interface Mistake {
  readonly words: readonly string[];
  readonly says: string;
}

const MISTAKES: readonly Mistake[] = [
  {
    words: ['--source-authentication=Kerberos'],
    says: '--source-authentication: found "Kerberos", must be one of Auto, Digest, Sasl, None',
  },
  {
    words: ['--destination-authentication=Sasl'],
    says: '--destination-authentication: found "Sasl", needs --destination-credentials-dir',
  },
  { words: ['--source-tls=yes'], says: '--source-tls: found "yes", must be true or false' },
  {
    words: ['--source-tls-server-name=a'],
    says: '--source-tls-server-name: found "a", needs --source-tls',
  },
  {
    words: ['--source-tls', '--source-tls-server-name='],
    says: '--source-tls-server-name: found "", must not be empty',
  },
  { words: ['--source-servers='], says: '--source-servers: found "", must be host:port' },
  { words: ['--source-servers=a'], says: '--source-servers: found "a", must name a port' },
  {
    words: ['--source-servers=a:0'],
    says: '--source-servers: found "a:0", must name a port from 1 to 65535',
  },
  { words: ['--source-servers=a:70000'], says: 'must name a port from 1 to 65535' },
  { words: ['--source-servers=zk://a:1'], says: 'must be host:port without a scheme' },
  { words: ['--source-servers=a:1,,b:2'], says: '--source-servers: found ""' },
  {
    words: ['--source-servers=a:1,'],
    says: '--source-servers: found "", must be host:port: remove the comma too many',
  },
  {
    words: ['--source-servers=[::1%lo]:2181'],
    says: '--source-servers: found "[::1%lo]:2181", must be an address without a zone (%)',
  },
  { words: ['--source-servers=a:1/x,b:2'], says: 'must have a chroot only after the last address' },
  { words: ['--source-servers=a:1//x'], says: '--source-servers: found "a:1//x"' },
  { words: ['--destination-servers=::1:2181'], says: '--destination-servers: found "::1:2181"' },
  {
    words: ['--destination-servers=b:1/zookeeper'],
    says: '--destination-servers: found "/zookeeper", must not lead into /zookeeper',
  },
  {
    words: ['--source-servers=a:1,b:1/.resiliency-operator/x'],
    says: '--source-servers: found "/.resiliency-operator/x", must not lead into /.resiliency-operator',
  },
  { words: ['--root-path='], says: '--root-path: found "", must start with "/"' },
  { words: ['--root-path=test'], says: '--root-path: found "test", must start with "/"' },
  { words: ['--root-path=/test/'], says: '--root-path: found "/test/", must not end with "/"' },
  { words: ['--root-path=/a//b'], says: '--root-path: found "/a//b", must not contain "//"' },
  { words: ['--root-path=/a/../b'], says: 'must not contain the names "." or ".."' },
  { words: ['--root-path=/a\u0007'], says: 'must not contain control' },
  { words: ['--root-path=/zookeeper/quota'], says: 'must not be /zookeeper or below it' },
  { words: ['--root-path=/.resiliency-operator'], says: 'must not be /.resiliency-operator' },
  {
    words: ['--source-session-timeout-seconds=0'],
    says: '--source-session-timeout-seconds: found "0", must be a whole number from 1 to 3600',
  },
  {
    words: ['--destination-session-timeout-seconds=1.5'],
    says: 'found "1.5", must be a whole number',
  },
  { words: ['--writer-id='], says: '--writer-id: found "", must have 1 to 253 characters' },
  {
    words: ['--deadline-seconds=never'],
    says: '--deadline-seconds: found "never", must be a whole number',
  },
  {
    words: ['--create-root-path=yes'],
    says: '--create-root-path: found "yes", must be true or false',
  },
  {
    words: ['--deletion-policy=mirror'],
    says: '--deletion-policy: found "mirror", must be one of Mirror, Keep',
  },
  {
    words: ['--deletion-max-percent=101'],
    says: '--deletion-max-percent: found "101", must be a whole number from 0 to 100',
  },
  {
    words: ['--deletion-min-count=-1'],
    says: '--deletion-min-count: found "-1", must be a whole number from 0',
  },
  {
    words: ['--allow-empty-source=1'],
    says: '--allow-empty-source: found "1", must be true or false',
  },
  ...['/a', '/a=container', '/a=TTL', '/a=TTL:0', '/a=TTL:1e3', '/a=TTL:1099511627776'].map(
    (value) => ({
      words: [`--node-type=${value}`],
      says: `--node-type: found "${value}", must be <glob>=Container or <glob>=TTL:<milliseconds>, from 1 to 1099511627775`,
    }),
  ),
  { words: ['--node-type=a=Container'], says: 'found "a=Container", must start with "/"' },
  { words: ['--exclude-path=logs'], says: '--exclude-path: found "logs", must start with "/"' },
  {
    words: ['--exclude-preset=Solr', '--exclude-preset=kafka'],
    says: '--exclude-preset: found "kafka", must be one of Kafka, BookKeeper, Pulsar, ClickHouse, Solr, HBase, NiFi, Dubbo',
  },
  { words: ['--exclude-path=/'], says: '--exclude-path: found "/", must not exclude everything' },
  { words: ['--dry-run=perhaps'], says: '--dry-run: found "perhaps", must be true or false' },
  { words: ['--verify=0'], says: '--verify: found "0", must be true or false' },
  { words: ['--log-format=xml'], says: '--log-format: found "xml", must be one of json, pretty' },
  {
    words: ['--log-level=loud'],
    says: '--log-level: found "loud", must be one of error, warn, info, debug',
  },
  {
    words: ['--termination-message-path='],
    says: '--termination-message-path: found "", must name a file',
  },
  { words: ['--root-path'], says: "option '--root-path <path>' argument missing" },
  { words: ['--rootpath=/test'], says: "unknown option '--rootpath=/test'" },
  { words: ['stray'], says: 'too many arguments' },
];

describe('a mistake on the command line', () => {
  test.each(MISTAKES)('$words is told: $says', ({ words, says }) => {
    const parsed = parse(['synchronize', ...REQUIRED, ...words]);
    expect(parsed).toMatchObject({ kind: 'exit', isError: true });
    expect(parsed.kind === 'exit' && parsed.text).toContain(says);
  });

  test.each([
    { flag: '--exclude-path', value: '/a', most: 256 },
    { flag: '--node-type', value: '/a=Container', most: 64 },
  ])('of more globs than are taken is told: $most $flag', ({ flag, value, most }) => {
    const words = Array.from({ length: most }, () => `${flag}=${value}`);
    expect(parse(['synchronize', ...REQUIRED, ...words])).toMatchObject({ kind: 'run' });
    const parsed = parse(['synchronize', ...REQUIRED, ...words, `${flag}=${value}`]);
    const says = `${flag}: found ${most + 1}, must be given at most ${most} times.`;
    expect(parsed.kind === 'exit' && parsed.text).toBe(`${says}\n`);
  });

  test.each([
    { flag: '--exclude-path', type: '' },
    { flag: '--node-type', type: '=Container' },
  ])('of a glob that is too long is told: $flag', ({ flag, type }) => {
    const word = (length: number) => `${flag}=/${'*'.repeat(length - 1)}${type}`;
    expect(parse(['synchronize', ...REQUIRED, word(1024)])).toMatchObject({ kind: 'run' });
    const parsed = parse(['synchronize', ...REQUIRED, word(1025)]);
    expect(parsed.kind === 'exit' && parsed.text).toContain('must have at most 1024 characters');
  });

  test.each([
    ['--source-servers=user:pass-word@zk:2181'],
    ['--source-servers=a:1,user:pass-word@zk:2181/x,b:2'],
    ['--source-servers=user:pass,wo/rd,word@zk:2181'],
    ['--source-servers=zk://user:pass-word@zk:2181/x'],
    ['--source-server=user:pass-word@zk:2181'],
    ["--source-server=user:pass-word with @, = and '@zk:2181"],
    ['--rootpath', 'user:pass-word@zk:2181'],
    ['--root-path=user:pass-word@zk:2181'],
    ['-u=user:pass-word@zk:2181'],
  ])('never shows a password that stands where none belongs: %s', (...words) => {
    const parsed = parse(['synchronize', ...REQUIRED, ...words]);
    expect(parsed).toMatchObject({ kind: 'exit', isError: true });
    expect(parsed.kind === 'exit' && parsed.text).not.toMatch(/pass|word/);
  });

  test('never shows a password that stands where a command belongs', () => {
    const parsed = parse(['user:pass-word@zk:2181', ...REQUIRED]);
    expect(parsed.kind === 'exit' && parsed.text).not.toContain('pass-word');
  });

  test('in the environment is told by the name of the variable', () => {
    const env = { RESILIENCY_LOG_LEVEL: 'loud' };
    const parsed = parse(['synchronize', ...REQUIRED], { env });
    expect(parsed.kind === 'exit' && parsed.text).toContain('RESILIENCY_LOG_LEVEL: found "loud"');
  });

  test('does not hide the others', () => {
    const parsed = parse(['synchronize', '--root-path=test', '--verify=0']);
    const lines = parsed.kind === 'exit' ? parsed.text.trim().split('\n') : [];
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '--source-servers',
      '--destination-servers',
      '--verify',
      '--root-path',
    ]);
  });

  test.each([{ words: [] }, { words: ['frobnicate'] }])(
    'a command is needed: $words',
    ({ words }) => {
      expect(parse(words)).toMatchObject({ kind: 'exit', isError: true });
    },
  );
});
