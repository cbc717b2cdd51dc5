import type { Preset } from '../../api/presets.ts';

/** Znodes that belong to one running cluster of a system. */
export interface LeftOut {
  /** Globs of paths from the system's own root. */
  readonly globs: readonly string[];
  /** Globs of paths that are carried nevertheless; what is below them is left out, unless they say so. */
  readonly but?: readonly string[];
  /** What would happen with a copy of them. */
  readonly because: string;
}

/** Znodes that whoever starts there takes for commands; all of them are left out, too. */
export interface CommandRule {
  /** Globs of paths from the system's own root, without `**`. */
  readonly globs: readonly string[];
  /** What is to be known and done where they wait at the source; null where that does not matter. */
  readonly atSource: string | null;
  /** The same of those that wait at the destination, for the day when the system starts there. */
  readonly atDestination: string;
}

/** What is known of a system that lives in a tree. */
export interface PresetRules {
  /** Where the system stands unless its configuration says otherwise. */
  readonly defaultRoots: readonly string[];
  readonly leftOut: readonly LeftOut[];
  readonly commands?: readonly CommandRule[];
  /** What it keeps besides its root, always at this place: its globs are of absolute paths. */
  readonly beside?: {
    readonly leftOut: readonly LeftOut[];
    /**
     * Globs of znodes that members make for themselves, and that go with them: that one came, went or
     * was made anew at the destination does not say that others changed the copy.
     */
    readonly homes: readonly string[];
  };
  /** Globs of znodes whose Stat.version the system keeps or compares, from its own root. */
  readonly raisedVersions: readonly string[];
}

/** Ten characters: the number that a server gives a sequential znode. */
const NUMBER = '??????????';

/**
 * What belongs to one running cluster of each system. Every glob begins with a name that only this
 * system has at this place, so that nothing of another application is left out; directories that a
 * system creates once and expects for ever are kept, and only what stands in them is not.
 */
export const PRESET_RULES: Readonly<Record<Preset, PresetRules>> = {
  // kafka.zk.ZkData
  Kafka: {
    defaultRoots: ['/'],
    leftOut: [
      {
        globs: ['/controller', '/brokers/ids/**'],
        because: 'a controller or broker that does not run would be counted on',
      },
      {
        globs: ['/consumers/*/ids/**', '/consumers/*/owners/**'],
        because: 'consumers that do not run would keep their partitions',
      },
      {
        globs: [
          '/admin/delete_topics/**',
          '/admin/reassign_partitions',
          '/admin/preferred_replica_election',
        ],
        because: 'commands would be carried out a second time: a new topic of an old name deleted',
      },
      {
        globs: [
          '/config/changes/**',
          '/isr_change_notification/**',
          '/log_dir_event_notification/**',
          '/kafka-acl-changes/**',
          '/kafka-acl-extended-changes/**',
          '/delegation_token/token_changes/**',
        ],
        because: 'notifications would be worked off a second time',
      },
    ],
    commands: [
      {
        globs: ['/admin/delete_topics/*'],
        atSource:
          'Topics that are being deleted come back at the destination, without their records. Let the deletions end and copy again, or delete the topics again after a failover.',
        atDestination:
          'The first broker that starts there deletes these topics. Delete the znodes before, unless that is meant.',
      },
      {
        globs: ['/admin/reassign_partitions', '/admin/preferred_replica_election'],
        atSource: 'They are not copied. Start them again after a failover.',
        atDestination:
          'The first broker that starts there carries them out. Delete the znodes before, unless that is meant.',
      },
      {
        globs: [
          '/config/changes/*',
          '/isr_change_notification/*',
          '/log_dir_event_notification/*',
          '/kafka-acl-changes/*',
          '/kafka-acl-extended-changes/*',
          '/delegation_token/token_changes/*',
        ],
        atSource: null,
        atDestination:
          'Notifications of an earlier cluster: brokers that start there work them off again. Delete the znodes before.',
      },
    ],
    // Broker ids come from the version of seqid; the others are told to brokers and clients.
    raisedVersions: [
      '/brokers/seqid',
      '/controller_epoch',
      '/brokers/topics/*/partitions/*/state',
      '/feature',
    ],
  },
  // ZKRegistrationManager, ZkLedgerUnderreplicationManager
  BookKeeper: {
    defaultRoots: ['/'],
    leftOut: [
      {
        // A bookie may have any id. The directory readonly is made once, with the cluster.
        globs: ['/ledgers/available/*', '/ledgers/available/readonly/*'],
        but: ['/ledgers/available/readonly'],
        because: 'bookies that do not run would be written to',
      },
      {
        // The elected one writes its name into auditorelection itself, which it makes if need be.
        globs: ['/ledgers/underreplication/auditorelection', '/ledgers/underreplication/locks/**'],
        because: 'an auditor that does not run would stay elected, and ledgers locked',
      },
      {
        globs: ['/ledgers/underreplication/*ctime'],
        because: 'an auditor would rely on checks of the bookies of the other cluster',
      },
    ],
    raisedVersions: [],
  },
  // LoadManager, ExtensibleLoadManagerImpl, LoadBalanceResources, OwnershipCache
  Pulsar: {
    defaultRoots: ['/'],
    leftOut: [
      {
        globs: ['/loadbalance/brokers/**', '/loadbalance/leader', '/loadbalance/extension/leader'],
        because: 'brokers that do not run would be given work, or stay the leader',
      },
      {
        globs: ['/loadbalance/bundle-data/**', '/loadbalance/broker-time-average/**'],
        because: 'the load of one cluster would be balanced in the other',
      },
      {
        globs: ['/namespace/**'],
        because: 'bundles would be owned by brokers that do not run',
      },
    ],
    raisedVersions: [],
  },
  // StorageReplicatedMergeTree, EphemeralLockInZooKeeper, LeaderElection, DDLWorker
  ClickHouse: {
    defaultRoots: ['/clickhouse'],
    leftOut: [
      {
        globs: [
          '/tables/**/replicas/*/is_active',
          '/databases/**/replicas/*/active',
          '/task_queue/replicas/*/active',
          '/discovery/*/shards/*',
          '/sessions/**',
        ],
        because: 'a replica could not start, because it would seem to run already',
      },
      {
        // Not leader_election-0, which says that every replica may lead.
        globs: [`/tables/**/leader_election/leader_election-${NUMBER}`],
        because: 'a replica that does not run would stay the leader',
      },
      {
        // Not abandonable_lock-insert and -other, which are made once.
        globs: [`/tables/**/temp/abandonable_lock-${NUMBER}`],
        because: 'inserts that are over would hold their block numbers',
      },
      {
        globs: ['/task_queue/ddl/*/active/**', '/task_queue/ddl/*/shards/*/lock'],
        because: 'statements would wait for hosts that do not run',
      },
      {
        globs: ['/backups/**'],
        because: 'backups under way in one cluster would be waited for in the other',
      },
    ],
    // Every replica keeps the version as its metadata_version, and sends it with ALTER.
    raisedVersions: ['/tables/**/metadata'],
  },
  // ZkStateReader, Overseer, LeaderElector, NodeRoles
  Solr: {
    defaultRoots: ['/', '/solr'],
    leftOut: [
      { globs: ['/live_nodes/**'], because: 'nodes that do not run would be sent requests' },
      {
        globs: [
          '/overseer_elect/**',
          '/collections/*/leader_elect/**',
          '/collections/*/leaders/**',
        ],
        because: 'nodes that do not run would stay overseer and leaders of shards',
      },
      {
        globs: [
          '/overseer/**',
          '/autoscaling/events/**',
          '/autoscaling/nodeAdded/**',
          '/autoscaling/nodeLost/**',
        ],
        because: 'commands and events would be worked off a second time',
      },
      { globs: ['/node_roles/*/*/*'], because: 'nodes that do not run would be given roles' },
    ],
    commands: [
      {
        globs: [
          '/overseer/queue/qn-*',
          '/overseer/queue-work/qn-*',
          '/overseer/collection-queue-work/qn-*',
        ],
        atSource: 'They are not copied. Say those that matter again after a failover.',
        atDestination:
          'The first node that starts there carries them out. Delete the znodes before, unless that is meant.',
      },
    ],
    // Nodes and clients take nothing whose version is not higher than what they know.
    raisedVersions: [
      '/aliases.json',
      '/clusterstate.json',
      '/collections/*/state.json',
      '/collections/*/collectionprops.json',
      '/collections/*/terms/*',
    ],
  },
  // ZNodePaths, and those of earlier releases
  HBase: {
    defaultRoots: ['/hbase'],
    leftOut: [
      {
        globs: ['/master', '/backup-masters/**', '/rs/**', '/draining/**', '/running', '/shutdown'],
        because: 'servers that do not run would be counted on',
      },
      {
        globs: ['/meta-region-server*', '/root-region-server'],
        because: 'clients would look for the regions at servers of the other cluster',
      },
      {
        globs: ['/splitWAL/**', '/splitlog/**', '/recovering-regions/**'],
        because: 'logs of the other cluster would be split',
      },
      {
        globs: ['/region-in-transition/**', '/unassigned/**', '/table-lock/**'],
        because: 'regions would stay on their way, and tables locked',
      },
      {
        globs: ['/online-snapshot/**', '/flush-table-proc/**', '/rolllog-proc/**'],
        because: 'procedures would be waited for that nobody runs',
      },
      {
        globs: ['/replication/rs/*/lock', '/tokenauth/keymaster'],
        because: 'queues would stay claimed, and a server that does not run the leader',
      },
    ],
    commands: [
      {
        globs: [
          '/splitWAL/*',
          '/splitlog/*',
          '/unassigned/*',
          '/region-in-transition/*',
          '/online-snapshot/acquired/*',
          '/flush-table-proc/acquired/*',
          '/rolllog-proc/acquired/*',
        ],
        atSource: null,
        atDestination:
          'Tasks of an earlier cluster: the first master that starts there takes them up. Delete the znodes before.',
      },
    ],
    raisedVersions: [],
  },
  // CuratorLeaderElectionManager, ZooKeeperStateProvider
  NiFi: {
    defaultRoots: ['/nifi'],
    leftOut: [
      {
        globs: ['/leaders/**'],
        because: 'nodes that do not run would stay coordinator and primary node',
      },
    ],
    // The version is part of the state, and is sent back to replace it.
    raisedVersions: ['/components/**'],
  },
  // ZookeeperRegistry; a service is the name of a Java interface, with its package.
  // ZookeeperMetadataReport, ZookeeperServiceDiscovery
  Dubbo: {
    defaultRoots: ['/dubbo'],
    leftOut: [
      {
        globs: ['/*.*/providers/**', '/*.*/consumers/**'],
        // Static providers: nobody but a person takes them in or out.
        but: ['/*.*/providers/*%3Fdynamic%3Dfalse*', '/*.*/providers/*%26dynamic%3Dfalse*'],
        because: 'calls would go to providers of the other cluster, or to none',
      },
      {
        globs: ['/metadata/**/provider/*', '/metadata/**/consumer/*'],
        because: 'each application writes what it is at its start, with time and process',
      },
    ],
    beside: {
      leftOut: [
        {
          globs: ['/services/*/*:*'],
          because: 'calls would go to applications of the other cluster, or to none',
        },
      ],
      homes: ['/services', '/services/*'],
    },
    raisedVersions: [],
  },
};
