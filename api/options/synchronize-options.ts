/**
 * All options of `resiliency-worker synchronize`. The flags, `--help`, the reading of a command line
 * or of an options file, and what the operator passes on of `spec.config` come from this table.
 */
import { PRESETS } from '../presets.ts';
import { flagOf, type OptionDefinition, type OptionTable, type OptionValue } from './definition.ts';

/**
 * How to authenticate with user and password. Auto: SASL DIGEST-MD5 where the server offers it,
 * else digest; what is offered and refused is refused.
 */
export const AUTHENTICATIONS = ['Auto', 'Digest', 'Sasl', 'None'] as const;
export type Authentication = (typeof AUTHENTICATIONS)[number];

/** `Auto`: where the user of the source may write one. */
const SOURCE_WITNESSES = ['Auto', 'Never'] as const;
export type SourceWitnessPolicy = (typeof SOURCE_WITNESSES)[number];

/** What may be configured of `jute.maxbuffer`: more would not fit into the worker's memory. */
export const JUTE_MAX_BUFFER_BYTES = { min: 8_192, max: 134_217_728 } as const;

/** Longest time to live, milliseconds: servers keep it in 40 bits. */
export const MAX_TTL_MS = 1_099_511_627_775;

const MEBIBYTE = 1024 * 1024;

/** An option that each side has; the help for the destination refers to that for the source. */
function ofSides<const N extends string, const D extends OptionDefinition>(
  name: N,
  definition: D,
  destinationHelp = 'the same for the destination',
): Readonly<Record<`source${N}` | `destination${N}`, D>> {
  const ofDestination = { help: destinationHelp, defaultHelp: '' };
  const sides = {
    [`source${name}`]: { ...definition, isForForget: true },
    [`destination${name}`]: { ...definition, ...ofDestination, isForForget: true },
  };
  return sides as Readonly<Record<`source${N}` | `destination${N}`, D>>;
}

/** How each side is reached. */
export const SIDE_OPTIONS = {
  ...ofSides(
    'Servers',
    {
      type: 'texts',
      written: 'joined',
      value: '<host:port,…>',
      help: 'servers of the source; a chroot may follow the last',
    },
    'servers of the destination; a chroot may follow the last',
  ),
  ...ofSides('CredentialsDir', {
    type: 'text',
    value: '<dir>',
    help: 'directory with the files "user" and "password", with TLS also "ca.crt", "tls.crt" and "tls.key", for the source',
    defaultHelp: 'none',
  }),
  ...ofSides('Authentication', {
    type: 'word',
    words: AUTHENTICATIONS,
    value: '<how>',
    help: `${AUTHENTICATIONS.join(', ')}: how to use user and password at the source; Auto is Sasl if the server offers it, otherwise Digest`,
    defaultHelp: 'Auto, without a directory None',
  }),
  ...ofSides('Tls', {
    type: 'boolean',
    default: false,
    value: '[boolean]',
    help: 'connect to the source with TLS; without "ca.crt", well-known authorities are trusted',
  }),
  ...ofSides('TlsServerName', {
    type: 'text',
    value: '<name>',
    help: "the name that the certificates of the source's servers must have",
    defaultHelp: 'their host',
  }),
  ...ofSides('SessionTimeoutSeconds', {
    type: 'integer',
    default: 30,
    minimum: 1,
    maximum: 3_600,
    value: '<seconds>',
    help: 'session timeout to ask the source for, and time to connect in',
  }),
  ...ofSides(
    'JuteMaxBufferBytes',
    {
      type: 'integer',
      minimum: JUTE_MAX_BUFFER_BYTES.min,
      maximum: JUTE_MAX_BUFFER_BYTES.max,
      value: '<bytes>',
      help: "jute.maxbuffer of the source's servers: no request is larger",
      defaultHelp: '1048575, and less if the servers take less',
    },
    'the same for the destination; if a znode is larger than 1 MiB, the worker finds it by trying',
  ),
} as const satisfies OptionTable;

/** What is copied, by whom, and how carefully. */
export const COPY_OPTIONS = {
  rootPath: {
    type: 'text',
    value: '<path>',
    help: 'root of the tree, the same on both sides',
    isForForget: true,
  },
  /** The writer stays the same from attempt to attempt, and from slot to slot of one plan. */
  writerId: {
    type: 'text',
    value: '<id>',
    help: 'name of the writer; two writers never write the same tree at once',
    defaultHelp: 'the host name',
  },
  deadlineSeconds: {
    type: 'integer',
    minimum: 1,
    maximum: 31_622_400,
    value: '<seconds>',
    help: 'stop after this long, exit code 45',
    defaultHelp: 'never',
    isForForget: true,
  },
  createRootPath: {
    type: 'boolean',
    default: true,
    value: '[boolean]',
    help: 'create the root, and the znodes above it, if it is missing',
  },
  deletionPolicy: {
    type: 'word',
    words: ['Mirror', 'Keep'],
    default: 'Mirror',
    value: '<policy>',
    help: 'Mirror deletes znodes that only the destination has, Keep does not',
  },
  deletionMaxPercent: {
    type: 'integer',
    default: 50,
    minimum: 0,
    maximum: 100,
    value: '<percent>',
    help: 'refuse to delete more of the destination than this, if it is at least --deletion-min-count znodes',
  },
  deletionMinCount: {
    type: 'integer',
    default: 100,
    minimum: 0,
    value: '<count>',
    help: 'never refuse to delete fewer znodes than this',
  },
  allowEmptySource: {
    type: 'boolean',
    default: false,
    value: '[boolean]',
    help: 'empty the destination if the source is empty',
  },
  destinationDrift: {
    type: 'word',
    words: ['Refuse', 'Overwrite'],
    default: 'Refuse',
    value: '<policy>',
    help: 'Refuse to write if others changed the destination since the last run, or Overwrite it',
  },
  excludePaths: {
    type: 'texts',
    written: 'repeated',
    flag: '--exclude-path',
    value: '<glob>',
    help: 'absolute paths to leave alone on both sides; may be repeated',
  },
  excludePresets: {
    type: 'words',
    words: PRESETS,
    flag: '--exclude-preset',
    value: '<system>',
    help: `${PRESETS.join(', ')}: leave alone what belongs to one running cluster of it; may be repeated`,
  },
  /** Each as {@link nodeTypeArgument} writes it. */
  nodeTypes: {
    type: 'texts',
    written: 'repeated',
    flag: '--node-type',
    value: '<glob=type>',
    help: 'create znodes as containers (=Container), or with a time to live in milliseconds (=TTL:60000); no client can tell which these are; may be repeated, the first match counts',
  },
  maxBufferBytes: {
    type: 'integer',
    default: 64 * MEBIBYTE,
    minimum: MEBIBYTE,
    maximum: 16 * 1024 * MEBIBYTE,
    value: '<bytes>',
    help: 'differences to keep in memory; the rest goes to a temporary file',
  },
  /** The limits are well below what one server answers: its other clients come first. */
  readsPerSecond: {
    type: 'integer',
    default: 20_000,
    minimum: 0,
    value: '<count>',
    help: 'most znodes to read in a second, on each side; 0 for no limit',
  },
  writesPerSecond: {
    type: 'integer',
    default: 10_000,
    minimum: 0,
    value: '<count>',
    help: 'most znodes to write in a second; 0 for no limit',
  },
  bytesPerSecond: {
    type: 'integer',
    default: 32 * MEBIBYTE,
    minimum: 0,
    value: '<bytes>',
    help: 'most bytes of data to read or write in a second, on each side; 0 for no limit',
  },
  preserveAcls: {
    type: 'boolean',
    default: true,
    value: '[boolean]',
    help: 'copy access control lists',
  },
  preserveSequenceCounters: {
    type: 'boolean',
    default: true,
    value: '[boolean]',
    help: 'raise the counters of sequential znodes to those of the source',
  },
  maxCounterRaise: {
    type: 'integer',
    default: 1_000_000,
    minimum: 0,
    value: '<count>',
    help: 'how far one counter, or data version, may be raised in a run',
  },
  preserveDataVersions: {
    type: 'boolean',
    default: false,
    value: '[boolean]',
    help: 'raise data versions to at least those of the source',
  },
  sourceWitness: {
    type: 'word',
    words: SOURCE_WITNESSES,
    default: 'Auto',
    value: '<policy>',
    help: 'Auto leaves a small znode at the source, below /.resiliency-operator, if its user may: it proves to the next run that the source was not set back, so that it need not read all access control lists again; Never leaves none',
  },
  dryRun: {
    type: 'boolean',
    default: false,
    value: '[boolean]',
    help: 'report what would be done, write nothing',
  },
  verify: {
    type: 'boolean',
    default: true,
    value: '[boolean]',
    help: 'read back what was written',
  },
} as const satisfies OptionTable;

export const SYNCHRONIZE_OPTIONS = {
  ...SIDE_OPTIONS,
  ...COPY_OPTIONS,
} as const satisfies OptionTable;

type Table = typeof SYNCHRONIZE_OPTIONS;
export type SynchronizeOption = keyof Table;

type Required = 'sourceServers' | 'destinationServers' | 'rootPath';

/** What `synchronize` can be told; what is left out has its default. */
export type SynchronizeArguments = {
  readonly [N in Required]: OptionValue<Table[N]>;
} & { readonly [N in Exclude<SynchronizeOption, Required>]?: OptionValue<Table[N]> };

/** The options with their names, in the order of the table. */
export const SYNCHRONIZE_OPTION_LIST = Object.entries(SYNCHRONIZE_OPTIONS) as readonly (readonly [
  SynchronizeOption,
  OptionDefinition,
])[];

/** `--root-path` of `rootPath`. */
export function synchronizeFlag(name: SynchronizeOption): string {
  return flagOf(name, SYNCHRONIZE_OPTIONS[name]);
}

/** A rule of `spec.config.nodeTypes` as an argument: `/locks/*=Container`, `/cache/**=TTL:60000`. */
export function nodeTypeArgument(rule: {
  readonly glob: string;
  readonly type: 'Container' | 'TTL';
  readonly ttlMs?: number | undefined;
}): string {
  const { glob, type, ttlMs } = rule;
  return ttlMs === undefined ? `${glob}=${type}` : `${glob}=${type}:${ttlMs}`;
}
