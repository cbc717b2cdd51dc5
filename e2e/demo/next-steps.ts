import { shellSetup, type ClusterInfo } from '../cluster/index.ts';
import { ROOT_PATH } from './example-tree.ts';
import { USER_NAMESPACE } from './stage.ts';

interface NextStep {
  readonly what: string;
  readonly commands: readonly string[];
}

const KUBECTL = `kubectl -n ${USER_NAMESPACE}`;
const ZNODE = 'npx tsx e2e/demo/znode.ts';

/** What to try once the demo has ended; each command works as it stands, in this order or alone. */
export function nextSteps(cluster: ClusterInfo, hasKubectl: boolean): readonly NextStep[] {
  return [
    {
      what: 'Point kubectl at the cluster',
      commands: shellSetup(cluster, hasKubectl),
    },
    {
      what: 'Change a znode in the source, copy again: one is updated, all others are left alone',
      commands: [
        `${ZNODE} set ${ROOT_PATH}/config/feature-flags '{"giftCards":false}'`,
        `${ZNODE} compare ${ROOT_PATH}`,
        `${KUBECTL} create -f manifests/samples/synchronization.yaml`,
        `${KUBECTL} get synchronizations`,
        `${ZNODE} compare ${ROOT_PATH}`,
      ],
    },
    {
      what: 'A plan for every minute; watch it make Synchronizations and trim the old ones',
      commands: [
        `${KUBECTL} patch synchronizationplan synchronize-zookeeper --type=merge -p '{"spec":{"schedule":"*/1 * * * *"}}'`,
        `${KUBECTL} get synchronizations --watch`,
      ],
    },
    {
      what: 'What happened, in sentences',
      commands: [`${KUBECTL} get events --sort-by=.lastTimestamp`],
    },
    {
      what: 'What can be configured',
      commands: [
        'kubectl explain synchronization.spec.config',
        'kubectl explain synchronizationplan.spec',
      ],
    },
    {
      what: 'Do something wrong, and read what it says',
      commands: [
        `${KUBECTL} delete secret zookeeper-destination`,
        `${KUBECTL} wait --for=condition=Ready=False database/zookeeper-destination --timeout=90s`,
        `${KUBECTL} describe database zookeeper-destination`,
      ],
    },
    { what: 'Take it all down; nothing stays behind but caches', commands: ['make down'] },
  ];
}
