import { JUTE_MAX_BUFFER_BYTES } from '../options/synchronize-options.ts';
import { DATABASE_KIND } from '../groups.ts';
import {
  choice,
  flag,
  integer,
  list,
  optional,
  structure,
  text,
  timestamp,
  type Static,
} from '../schema/builders.ts';
import type { Parsed } from '../schema/problem.ts';
import { SERVER_PATTERN, SERVER_RULES, SERVERS_RULES } from '../servers.ts';
import { conditions, objectName, observedGeneration } from './fields.ts';
import {
  AGE_COLUMN,
  CATEGORIES,
  READY_COLUMNS,
  STATUS_DEFAULT,
  type KindDefinition,
  type KubernetesObject,
} from './object.ts';
import { parseObject } from './parse.ts';

const tls = structure(
  {
    enabled: flag({ description: 'Connect with TLS.', default: false }),
    serverName: optional(
      text({
        description:
          'The name the server certificate must be valid for, if it is not the host in servers.',
        minLength: 1,
        maxLength: 253,
      }),
    ),
  },
  {
    description:
      'TLS towards the servers. The Secret may hold ca.crt (whom to trust) and, for client certificates, tls.crt and tls.key.',
    default: {},
  },
);

const zookeeperClient = structure(
  {
    servers: list(
      text({
        description:
          'host:port of a server; IPv6 addresses in brackets. A path after the last one (chroot) confines everything to it.',
        pattern: SERVER_PATTERN,
        rules: SERVER_RULES,
        maxLength: 1024,
      }),
      {
        description: 'The servers of the ensemble. One is enough, all are better.',
        minItems: 1,
        maxItems: 32,
        rules: SERVERS_RULES,
      },
    ),
    authentication: choice(['Auto', 'Digest', 'Sasl', 'None'], {
      description:
        'How to authenticate with the user and password of the Secret. Auto: SASL DIGEST-MD5 if the server offers it, otherwise digest. Sasl, Digest: only this one. None: not at all; then the Secret is optional.',
      default: 'Auto',
    }),
    tls,
    sessionTimeoutSeconds: integer({
      description:
        'How long a ZooKeeper session survives without contact; the servers may grant less or more.',
      default: 30,
      minimum: 1,
      maximum: 3600,
    }),
    juteMaxBufferBytes: optional(
      integer({
        description:
          'jute.maxbuffer of the servers, in bytes: the largest request that they take, and so the largest znode. Left out, the worker finds it by trying if a znode is larger than 1 MiB. Do not confuse it with maxBufferBytes of a Synchronization, which is about memory.',
        minimum: JUTE_MAX_BUFFER_BYTES.min,
        maximum: JUTE_MAX_BUFFER_BYTES.max,
      }),
    ),
  },
  {
    description:
      'The client port. User and password come from the Secret with the name and namespace of this Database. At a destination the user needs all rights, at a source the right to read. If the user may also create /.resiliency-operator at the source, a witness there saves later runs from reading all access control lists.',
  },
);

const zookeeperAdmin = structure(
  {
    protocol: text({ description: 'Protocol of the admin server: http or https.', maxLength: 16 }),
    host: text({ description: 'Host of the admin server.', minLength: 1, maxLength: 253 }),
    port: text({
      description: 'Port of the admin server, between quotation marks: "8080".',
      maxLength: 5,
      pattern: {
        regex: '^[0-9]{1,5}$',
        must: 'must be a port number between quotation marks',
        remedy: 'Write for example "8080".',
      },
    }),
    secretName: optional(
      objectName('Name of the Secret with user and password for the admin server.'),
    ),
  },
  { description: 'The admin server (AdminServer) of a ZooKeeper server.' },
);

const spec = structure(
  {
    zookeeper: optional(
      structure(
        { client: optional(zookeeperClient), admin: optional(zookeeperAdmin) },
        { description: 'A ZooKeeper ensemble.' },
      ),
    ),
    maxConcurrentSynchronizations: optional(
      integer({
        description:
          'How many Synchronizations may run at a time with this Database as their destination. Others wait (reason WaitingForCapacity) and start in the order of their creation. Left out, there is no limit.',
        minimum: 1,
        maximum: 1000,
      }),
    ),
  },
  { description: 'The database that can be copied from or to.' },
);

const serverStatus = structure(
  {
    address: text({ description: 'host:port as in the spec.', maxLength: 1024 }),
    reachable: flag({ description: 'Whether it answered the last probe and serves requests.' }),
    version: optional(text({ description: 'ZooKeeper version, if the server says it.' })),
    mode: optional(
      text({
        description: 'leader, follower, observer, standalone or read-only, if the server says so.',
      }),
    ),
    latencyMs: optional(
      integer({
        description: 'Milliseconds from connecting to the first answer.',
        minimum: 0,
      }),
    ),
    reason: optional(text({ description: 'Why it is not reachable, in one word.' })),
    message: optional(text({ description: 'Why it is not reachable, in a sentence.' })),
    lastProbeTime: optional(timestamp('When it was last probed.')),
  },
  { description: 'What the last probe of one server found.' },
);

const unfinishedProbe = structure(
  {
    startTime: timestamp('When the last of them began.'),
    generation: integer({ description: 'The generation of the object that was probed.' }),
    count: integer({ description: 'How many probes in a row left no result.', minimum: 1 }),
  },
  {
    description:
      'Written before the servers are probed, and removed with the result. If it stays, the probe left no result: the operator ended meanwhile, or could not write it. Then the next probe waits, and longer each time.',
  },
);

const status = structure(
  {
    observedGeneration,
    conditions,
    servers: optional(
      list(serverStatus, {
        description: 'What the last probe found, server by server.',
      }),
    ),
    reachableServers: optional(text({ description: 'How many servers answer, of how many: 2/3.' })),
    version: optional(text({ description: 'ZooKeeper version of the servers, if they say it.' })),
    lastProbeTime: optional(timestamp('When the servers were last probed.')),
    unfinishedProbe: optional(unfinishedProbe),
  },
  { description: 'What the operator found out.', default: STATUS_DEFAULT },
);

/** Database: an asset that synchronizations copy from or to. */
export const DATABASE = {
  names: DATABASE_KIND,
  description:
    'A Database that can be copied from or to, and how to reach it. Its credentials are in the Secret of the same name and namespace. It is probed when it changes and every minute.',
  categories: CATEGORIES,
  columns: [
    READY_COLUMNS.status,
    READY_COLUMNS.reason,
    {
      name: 'Servers',
      type: 'string',
      jsonPath: '.status.reachableServers',
      description: 'How many servers answer, of how many.',
    },
    {
      name: 'Version',
      type: 'string',
      jsonPath: '.status.version',
      description: 'ZooKeeper version.',
    },
    AGE_COLUMN,
    READY_COLUMNS.message,
  ],
  spec,
  status,
} as const satisfies KindDefinition;

export type DatabaseSpec = Static<typeof spec>;
export type DatabaseStatus = Static<typeof status>;
export type DatabaseServerStatus = Static<typeof serverStatus>;
export type ZookeeperClient = Static<typeof zookeeperClient>;
export type ZookeeperAdmin = Static<typeof zookeeperAdmin>;
export type Database = KubernetesObject<'Database', DatabaseSpec, DatabaseStatus>;

/** Parses a Database; see {@link parseObject}. */
export function parseDatabase(value: unknown): Parsed<Database> {
  return parseObject(DATABASE, value);
}
