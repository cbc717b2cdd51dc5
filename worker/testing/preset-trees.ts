import type { Preset } from '../../api/presets.ts';
import type { Znodes } from './znodes.ts';

/** A tree as a system makes it, from the system's own root. */
export interface PresetTree {
  /** Where the system stands by default. */
  readonly root: string;
  /** What a copy needs, besides the directories of everything that is named here. */
  readonly carried: Znodes;
  /** What belongs to one running cluster. */
  readonly leftOut: readonly string[];
  /** Parents of sequential znodes, and how many there have been. */
  readonly counters: Readonly<Record<string, number>>;
  /** Some znodes whose versions the system compares. */
  readonly raisedVersions: readonly string[];
}

/** One of each system; beside it stand znodes of the names that are left out elsewhere. */
export const PRESET_TREES: Readonly<Record<Preset, PresetTree>> = {
  Kafka: {
    root: '/',
    carried: {
      '/cluster/id': '{"version":"1","id":"abc"}',
      '/controller_epoch': '7',
      '/brokers/seqid': '',
      '/brokers/topics/orders': '{"version":2}',
      '/brokers/topics/orders/partitions/0/state': '{"leader":1}',
      '/brokers/topics/controller/partitions/0/state': '{"leader":1}',
      '/config/topics/changes': '{"version":1}',
      '/config/users/alice': '{"version":1}',
      '/kafka-acl/Topic/orders': '{"version":1}',
      '/latest_producer_id_block': '{"version":1}',
      '/consumers/group/offsets/orders/0': '42',
      '/delegation_token/tokens/t1': '{"version":1}',
      '/feature': '{"version":1}',
      '/admin/other': '',
    },
    leftOut: [
      '/controller',
      '/brokers/ids/1',
      '/admin/delete_topics/orders',
      '/admin/reassign_partitions',
      '/admin/preferred_replica_election',
      '/config/changes/config_change_0000000001',
      '/isr_change_notification/isr_change_0000000001',
      '/log_dir_event_notification/log_dir_event_0000000001',
      '/kafka-acl-changes/acl_changes_0000000001',
      '/kafka-acl-extended-changes/acl_changes_0000000001',
      '/delegation_token/token_changes/token_change_0000000001',
      '/consumers/group/ids/group_host',
      '/consumers/group/owners/orders/0',
    ],
    counters: { '/config/changes': 2 },
    raisedVersions: ['/brokers/seqid', '/brokers/topics/orders/partitions/0/state', '/feature'],
  },
  BookKeeper: {
    root: '/',
    carried: {
      '/ledgers/LAYOUT': '2\nhierarchical',
      '/ledgers/INSTANCEID': 'b1946ac9',
      '/ledgers/cookies/bookie-0:3181': '4\nbookieHost',
      '/ledgers/00/0000/L0001': 'BookieMetadataFormatVersion\t3',
      '/ledgers/idgen': '',
      '/ledgers/idgen-long/HOB-0000000001': '',
      '/ledgers/available/readonly': '',
      '/ledgers/underreplication/LAYOUT': 'basic',
      '/ledgers/underreplication/lostBookieRecoveryDelay': '0',
      '/ledgers/cookies/bk-three': '4\nbookieHost',
      '/ledgers/underreplication/ledgers/0000/urL0000000001': 'bookie-2:3181',
    },
    leftOut: [
      '/ledgers/available/bookie-0:3181',
      '/ledgers/available/bk-three',
      '/ledgers/available/readonly/bookie-1:3181',
      '/ledgers/available/readonly/bk-four',
      '/ledgers/underreplication/auditorelection',
      '/ledgers/underreplication/auditorelection/V_0000000001',
      '/ledgers/underreplication/checkallledgersctime',
      '/ledgers/underreplication/locks/urL0000000001',
    ],
    counters: { '/ledgers/idgen': 345, '/ledgers/idgen-long/HOB-0000000001': 12 },
    raisedVersions: [],
  },
  Pulsar: {
    root: '/',
    carried: {
      '/admin/clusters/standalone': '{}',
      '/admin/policies/public/default': '{}',
      '/admin/local-policies/public/default': '{}',
      '/bookies': '{}',
      '/managed-ledgers/public/default/persistent/orders': 'ledgers',
      '/schemas/public/default/orders': 'schema',
      '/loadbalance/resource-quota/namespace/default': '{}',
      '/counters/producer-name': '',
      '/app/loadbalance/leader': 'not of Pulsar',
    },
    leftOut: [
      '/loadbalance/brokers/broker-0:8080',
      '/loadbalance/leader',
      '/loadbalance/extension/leader',
      '/loadbalance/bundle-data/public/default/0x00000000_0xffffffff',
      '/loadbalance/broker-time-average/broker-0:8080',
      '/namespace/public/default/0x00000000_0xffffffff',
    ],
    counters: { '/counters/producer-name': 21 },
    raisedVersions: [],
  },
  ClickHouse: {
    root: '/clickhouse',
    carried: {
      '/tables/01/db/hits/metadata': 'metadata format version: 1',
      '/tables/01/db/hits/columns': 'columns format version: 1',
      '/tables/01/db/hits/log/log-0000000003': 'format version: 4',
      '/tables/01/db/hits/blocks/202401_1_2': 'all_0_0_0',
      '/tables/01/db/hits/block_numbers/202401': '',
      '/tables/01/db/hits/mutations/0000000000': 'format version: 1',
      '/tables/01/db/hits/leader_election/leader_election-0': 'all (multiple leaders Ok)',
      '/tables/01/db/hits/temp/abandonable_lock-insert': '',
      '/tables/01/db/hits/temp/abandonable_lock-other': '',
      '/tables/01/db/hits/replicas/r1/log_pointer': '4',
      '/tables/01/db/hits/replicas/r1/metadata_version': '3',
      '/tables/01/db/hits/replicas/r1/queue/queue-0000000002': 'format version: 4',
      '/tables/uuid/02/metadata': 'metadata format version: 1',
      '/databases/main/log/query-0000000001': 'CREATE TABLE',
      '/databases/main/replicas/s1|r1/log_ptr': '1',
      '/task_queue/ddl/query-0000000009/finished/host:9000': '0',
      '/access/uuid/u1': 'CREATE USER',
    },
    leftOut: [
      '/tables/01/db/hits/replicas/r1/is_active',
      '/tables/uuid/02/replicas/r1/is_active',
      '/tables/01/db/hits/leader_election/leader_election-0000000005',
      '/tables/01/db/hits/temp/abandonable_lock-0000000006',
      '/databases/main/replicas/s1|r1/active',
      '/task_queue/ddl/query-0000000009/active/host:9000',
      '/task_queue/ddl/query-0000000009/shards/s1/lock',
      '/task_queue/replicas/host:9000/active',
      '/discovery/main/shards/uuid',
      '/sessions/zookeeper/uuid',
      '/backups/backup-1/stage',
    ],
    counters: {
      '/tables/01/db/hits/log': 4,
      '/tables/01/db/hits/block_numbers/202401': 33,
      '/task_queue/ddl': 10,
    },
    raisedVersions: ['/tables/01/db/hits/metadata', '/tables/uuid/02/metadata'],
  },
  Solr: {
    root: '/solr',
    carried: {
      '/configs/main/solrconfig.xml': '<config/>',
      '/collections/main/state.json': '{"main":{}}',
      '/collections/main/terms/shard1': '{"core_node1":3}',
      '/collections/main/collectionprops.json': '{}',
      '/aliases.json': '{}',
      '/security.json': '{}',
      '/clusterprops.json': '{}',
      '/autoscaling.json': '{}',
      '/node_roles/overseer/allowed': '',
      '/configs/overseer/leaders': 'not of a cluster',
    },
    leftOut: [
      '/live_nodes/solr-0:8983_solr',
      '/overseer_elect/leader',
      '/overseer_elect/election/1-solr-0-n_0000000001',
      '/collections/main/leader_elect/shard1/election/1-core_node1-n_0000000001',
      '/collections/main/leaders/shard1/leader',
      '/overseer/queue/qn-0000000001',
      '/overseer/collection-queue-work/qn-0000000002',
      '/autoscaling/events/.auto_add_replicas/qn-0000000001',
      '/autoscaling/nodeAdded/solr-0:8983_solr',
      '/autoscaling/nodeLost/solr-1:8983_solr',
      '/node_roles/overseer/allowed/solr-0:8983_solr',
    ],
    counters: {},
    raisedVersions: [
      '/aliases.json',
      '/collections/main/state.json',
      '/collections/main/terms/shard1',
    ],
  },
  HBase: {
    root: '/hbase',
    carried: {
      '/hbaseid': 'id',
      '/replication/peers/1/peer-state': 'ENABLED',
      '/replication/rs/rs1,16020,1/1/log.1': '4711',
      '/replication/hfile-refs/1': '',
      '/table/t1': 'ENABLED',
      '/namespace/default': 'default',
      '/balancer': 'on',
      '/switch/split': 'on',
      '/acl/t1': 'acl',
      '/tokenauth/keys/1': 'key',
      '/master-maintenance': '',
    },
    leftOut: [
      '/master',
      '/backup-masters/m2,16000,1',
      '/rs/rs1,16020,1',
      '/draining/rs1,16020,1',
      '/running',
      '/meta-region-server',
      '/meta-region-server-1',
      '/splitWAL/log.1',
      '/recovering-regions/r1',
      '/region-in-transition/r1',
      '/table-lock/t1/write-0000000001',
      '/online-snapshot/acquired/s1',
      '/flush-table-proc/acquired/t1',
      '/rolllog-proc/acquired/p1',
      '/replication/rs/rs1,16020,1/lock',
      '/tokenauth/keymaster',
    ],
    counters: {},
    raisedVersions: [],
  },
  NiFi: {
    root: '/nifi',
    carried: {
      '/components/0a1b/state': '\u0001listing.timestamp',
      '/components/leaders/state': '\u0001not of a cluster',
    },
    leftOut: ['/leaders/Primary Node/_c_1-lock-0000000001'],
    counters: {},
    raisedVersions: ['/components/0a1b/state'],
  },
  Dubbo: {
    root: '/dubbo',
    carried: {
      '/com.example.Orders/configurators/override%3A%2F%2F0.0.0.0': '',
      '/com.example.Orders/routers/condition%3A%2F%2F0.0.0.0': '',
      '/com.example.Legacy/providers/dubbo%3A%2F%2F10.0.0.9%3A20880%3Fdynamic%3Dfalse': '',
      '/com.example.Legacy/providers/dubbo%3A%2F%2F10.0.0.9%3A20880%3Fa%3Db%26dynamic%3Dfalse%26c':
        '',
      '/metadata/shop/0a1b2c3d': '{}',
      '/config/dubbo/shop.configurators': 'configVersion: v2.7',
      '/mapping/com.example.Orders': 'shop',
    },
    leftOut: [
      '/com.example.Orders/providers/dubbo%3A%2F%2F10.0.0.1%3A20880',
      '/com.example.Orders/consumers/consumer%3A%2F%2F10.0.0.2',
      '/metadata/com.example.Orders/provider/shop',
      '/metadata/com.example.Orders/1.0/group/consumer/browser',
    ],
    counters: {},
    raisedVersions: [],
  },
};

/** The absolute path of one in the tree of a system. */
export function pathIn(root: string, path: string): string {
  return root === '/' ? path : root + path;
}
