import { SYNCHRONIZATION_KIND } from '../groups.ts';
import {
  choice,
  integer,
  optional,
  structure,
  withRules,
  type Static,
  type TUnsafe,
} from '../schema/builders.ts';
import type { Parsed } from '../schema/problem.ts';
import {
  AGE_COLUMN,
  CATEGORIES,
  conditionColumn,
  type KindDefinition,
  type KubernetesObject,
} from './object.ts';
import { parseObject } from './parse.ts';
import { PLUGINS, type PluginConfig, type PluginName } from './plugins/registry.ts';
import { unionOfConfigs } from './plugins/union-of-configs.ts';
import { synchronizationStatus, type SynchronizationStatus } from './synchronization-status.ts';
import { workerPod } from './worker-pod.ts';

const PLUGIN_NAMES = Object.values(PLUGINS).flatMap(({ names }) => names) as [
  PluginName,
  ...PluginName[],
];

const CONFIGS = unionOfConfigs(Object.values(PLUGINS), 'What is copied, and how.');

/** Each name of a plugin chooses that plugin's schema. */
const CONFIG_OF_PLUGIN = Object.fromEntries(
  Object.values(PLUGINS).flatMap(({ names, config }) => names.map((name) => [name, config])),
);

/** The spec of a Synchronization, and what a plan's template makes one from. */
export const synchronizationSpec = structure(
  {
    plugin: choice(PLUGIN_NAMES, {
      description:
        'What does the copying: zookeeper-to-zookeeper-nodes (also written zookeeper-nodes-to-zookeeper).',
    }),
    // The plugin of an object decides which of its configs it is (see `variants`).
    config: CONFIGS.schema as TUnsafe<PluginConfig>,
    backoffLimit: integer({
      description:
        'How often a failed worker is started again, if another try can help. Other failures end the Synchronization at once.',
      default: 3,
      minimum: 0,
      maximum: 100,
    }),
    activeDeadlineSeconds: optional(
      integer({
        description: 'Seconds after which the run is stopped; all its attempts count together.',
        minimum: 1,
        maximum: 31_536_000,
      }),
    ),
    ttlSecondsAfterFinished: optional(
      integer({
        description:
          'Seconds after its end when this Synchronization is deleted, with its Job. Left out, it stays.',
        minimum: 0,
        maximum: 315_360_000,
      }),
    ),
    worker: workerPod,
  },
  {
    description: 'What to copy from where to where. It cannot be changed afterwards.',
    rules: CONFIGS.rules,
    variants: { by: 'plugin', of: 'config', schemas: CONFIG_OF_PLUGIN },
  },
);

/** Synchronization: one copy of one tree, made once. */
export const SYNCHRONIZATION = {
  names: SYNCHRONIZATION_KIND,
  description:
    'A Synchronization copies the content of one asset to another one, once. It starts when its Databases and their Secrets exist, runs as a Job in its own namespace, and ends with the condition Succeeded True or False.',
  categories: CATEGORIES,
  columns: [
    {
      name: 'Source',
      type: 'string',
      jsonPath: '.spec.config.sourceName',
      description: 'Database that is copied from.',
    },
    {
      name: 'Destination',
      type: 'string',
      jsonPath: '.spec.config.destinationName',
      description: 'Database that is copied to.',
    },
    {
      name: 'Root',
      type: 'string',
      jsonPath: '.spec.config.rootPath',
      description: 'Root of the copied tree.',
    },
    conditionColumn('Succeeded', 'Succeeded', 'status', 'Unknown until it has ended.'),
    conditionColumn('Reason', 'Succeeded', 'reason', 'How it stands or ended, in one word.'),
    {
      name: 'Progress',
      type: 'string',
      jsonPath: '.status.progress.summary',
      description: 'How far the running worker is.',
    },
    {
      name: 'Changes',
      type: 'integer',
      jsonPath: '.status.result.changes',
      description: 'Znodes created, updated and deleted.',
    },
    {
      name: 'Duration',
      type: 'string',
      jsonPath: '.status.result.duration',
      description: 'How long the run took.',
    },
    AGE_COLUMN,
    {
      name: 'Plugin',
      type: 'string',
      jsonPath: '.spec.plugin',
      description: 'What does the copying.',
      priority: 1,
    },
    {
      name: 'Completed',
      type: 'date',
      jsonPath: '.status.completionTime',
      description: 'When the run ended.',
      priority: 1,
    },
    {
      name: 'Job',
      type: 'string',
      jsonPath: '.status.jobName',
      description: 'The Job that does the work.',
      priority: 1,
    },
    {
      ...conditionColumn('Message', 'Succeeded', 'message', 'How it ended, in a sentence.'),
      priority: 1,
    },
  ],
  spec: withRules(synchronizationSpec, [
    {
      must: 'must not be changed',
      remedy: 'A Synchronization runs once, as it was created: create a new one with the new spec.',
      cel: 'self == oldSelf',
    },
  ]),
  status: synchronizationStatus,
} as const satisfies KindDefinition;

export type SynchronizationSpec = Static<typeof synchronizationSpec>;
export type SynchronizationConfig = SynchronizationSpec['config'];
export type Synchronization = KubernetesObject<
  'Synchronization',
  SynchronizationSpec,
  SynchronizationStatus
>;

/** Parses a Synchronization; see {@link parseObject}. */
export function parseSynchronization(value: unknown): Parsed<Synchronization> {
  return parseObject(SYNCHRONIZATION, value);
}
