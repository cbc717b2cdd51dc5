/** The plugin that copies znodes from one ZooKeeper ensemble to another: its `spec.config`. */
import { GLOB_LIMITS } from '../../globs.ts';
import { PRESETS } from '../../presets.ts';
import {
  choice,
  integer,
  list,
  optional,
  structure,
  text,
  type Rule,
} from '../../schema/builders.ts';
import {
  MAX_TTL_MS,
  nodeTypeArgument,
  type SynchronizeOption,
} from '../../options/synchronize-options.ts';
import { optionField } from './option-field.ts';
import type { PluginDefinition } from './plugin-definition.ts';
import { ROOT_PATH_RULES, ZNODE_PATH_MAX_LENGTH, ZNODE_PATH_PATTERN } from '../../znode-path.ts';
import { objectName } from '../fields.ts';

const glob = text({
  description:
    'Absolute path; * stands for any characters within a name, ? for one, ** for any number of names: /app/locks/**.',
  pattern: {
    regex: '^/',
    must: 'must start with "/"',
    remedy: 'Write the path from the root, for example /app/locks/**.',
  },
  maxLength: GLOB_LIMITS.maxLength,
});

const exclude = structure(
  {
    paths: optional(
      list(glob, {
        option: { name: 'excludePaths' satisfies SynchronizeOption },
        description: 'Paths that are neither read, written nor deleted, on either side.',
        maxItems: GLOB_LIMITS.maxExcludedPaths,
      }),
    ),
    presets: optional(
      list(choice(PRESETS, { description: 'A system whose own znodes are left out.' }), {
        option: { name: 'excludePresets' satisfies SynchronizeOption },
        description:
          'Systems that live in the tree. What belongs to one running cluster of them (members, elections, locks) is left out, so that it cannot confuse the other one.',
        maxItems: PRESETS.length,
      }),
    ),
  },
  { description: 'What is left out of the copy, besides ephemeral znodes.' },
);

const deletion = structure(
  {
    policy: optionField('deletionPolicy', {
      description:
        'Mirror: what the source does not have is deleted in the destination. Keep: nothing is deleted.',
    }),
    maxPercent: optionField('deletionMaxPercent', {
      description:
        'Guard: a run that would delete more than this share of the destination (and at least minCount) is refused before it writes.',
    }),
    minCount: optionField('deletionMinCount', {
      description: 'Guard: fewer deletions than this are never refused.',
    }),
    allowEmptySource: optionField('allowEmptySource', {
      description:
        'Guard: an empty source would empty the destination, so it is refused unless this is true.',
    }),
  },
  { description: 'Whether and how much may be deleted in the destination.', default: {} },
);

const preserve = structure(
  {
    acls: optionField('preserveAcls', { description: 'Copy access control lists.' }),
    sequenceCounters: optionField('preserveSequenceCounters', {
      description:
        'Raise the counters of sequential znodes to those of the source, so that no number is given out twice after a failover.',
    }),
    maxCounterRaise: optionField('maxCounterRaise', {
      description:
        'How far a run may raise one counter, or the data version of one znode. What is left is named in status.result.notCarried.',
    }),
    dataVersions: optionField('preserveDataVersions', {
      description:
        'Raise data versions to at least those of the source, for applications that compare them (Kafka, Solr, NiFi).',
    }),
  },
  { description: 'What is copied of a znode besides its data.', default: {} },
);

const TTL_NEEDS_TIME: Rule<{ type: string; ttlMs?: number }> = {
  must: 'must have ttlMs if, and only if, its type is TTL',
  remedy: 'Add ttlMs to a TTL rule; remove it from a Container rule.',
  about: ['type', 'ttlMs'],
  holds: (rule) => (rule.type === 'TTL') === (rule.ttlMs !== undefined),
  cel: "(self.type == 'TTL') == has(self.ttlMs)",
};

const nodeType = structure(
  {
    glob,
    type: choice(['Container', 'TTL'], { description: 'What to create there.' }),
    ttlMs: optional(
      integer({
        description:
          'For TTL: milliseconds after which servers remove a znode that is unchanged and has no children. Nothing keeps a copy alive, so choose far more than the time between runs.',
        minimum: 1,
        maximum: MAX_TTL_MS,
      }),
    ),
  },
  {
    description: 'A rule that makes znodes of a special type.',
    rules: [TTL_NEEDS_TIME],
  },
);

const limits = structure(
  {
    readsPerSecond: optional(
      optionField('readsPerSecond', {
        description: 'Znodes read per second, on each side; 20000 if left out, 0: no limit.',
        isLeftOpen: true,
      }),
    ),
    writesPerSecond: optional(
      optionField('writesPerSecond', {
        description: 'Znodes written per second; 10000 if left out, 0: no limit.',
        isLeftOpen: true,
      }),
    ),
    bytesPerSecond: optional(
      optionField('bytesPerSecond', {
        description:
          'Bytes of data read or written per second, on each side; 33554432 (32 MiB) if left out, 0: no limit.',
        isLeftOpen: true,
      }),
    ),
  },
  {
    description:
      'Upper bounds that keep the servers free for their other clients. While a server answers slowly, the worker stays below them.',
  },
);

const TWO_DATABASES: Rule<{ sourceName: string; destinationName: string }> = {
  must: 'must name two different Databases as source and destination',
  remedy: 'A tree cannot be copied onto itself: correct sourceName or destinationName.',
  about: ['sourceName', 'destinationName'],
  holds: (config) => config.sourceName !== config.destinationName,
  cel: 'self.sourceName != self.destinationName',
};

/** The schema of its `spec.config`. */
const config = structure(
  {
    sourceName: objectName('Name of the Database to copy from, in the same namespace.'),
    destinationName: objectName('Name of the Database to copy to, in the same namespace.'),
    rootPath: text({
      option: { name: 'rootPath' satisfies SynchronizeOption },
      description:
        'Path of the tree that is copied, the same on both sides: "/test". "/" copies everything but /zookeeper.',
      pattern: ZNODE_PATH_PATTERN,
      rules: ROOT_PATH_RULES,
      maxLength: ZNODE_PATH_MAX_LENGTH,
    }),
    createRoutePath: optionField('createRootPath', {
      description: 'Create the root path, and the znodes above it, if the destination lacks it.',
    }),
    exclude: optional(exclude),
    deletion,
    destinationDrift: optionField('destinationDrift', {
      description:
        'What to do if somebody else changed the destination since the last run. Refuse keeps a destination that was promoted from being overwritten.',
    }),
    preserve,
    sourceWitness: optionField('sourceWitness', {
      description:
        'Auto: a run leaves a small znode at the source, below /.resiliency-operator, if its user may. It proves to the next run that the source was not set back meanwhile. Without this proof, and with Never, every run reads all access control lists.',
    }),
    nodeTypes: optional(
      list(nodeType, {
        option: {
          name: 'nodeTypes' satisfies SynchronizeOption,
          encode: (rules) => rules.map(nodeTypeArgument),
        },
        description:
          'No client can tell container and TTL znodes from others. If you need them at the destination, name them here.',
        maxItems: GLOB_LIMITS.maxNodeTypes,
      }),
    ),
    limits: optional(limits),
    maxBufferBytes: optional(
      optionField('maxBufferBytes', {
        description:
          'How many bytes of differences the worker keeps in memory before it puts them on disk.',
        isLeftOpen: true,
      }),
    ),
    dryRun: optionField('dryRun', {
      description: 'Only compare and report; write nothing. Never counts as a copy.',
    }),
    verify: optionField('verify', {
      description:
        'Read back what was written and compare. Without it a run never counts as a copy.',
    }),
  },
  { description: 'What is copied, and how.', rules: [TWO_DATABASES] },
);

/** Makes one tree of a ZooKeeper ensemble equal to that of another one. */
export const ZOOKEEPER_TO_ZOOKEEPER_NODES = {
  names: ['zookeeper-to-zookeeper-nodes', 'zookeeper-nodes-to-zookeeper'],
  config,
  assets: { sourceName: 'Database', destinationName: 'Database' },
} as const satisfies PluginDefinition;
