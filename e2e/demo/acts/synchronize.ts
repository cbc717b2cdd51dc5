import { ROOT_PATH } from '../example-tree.ts';
import { showSample } from '../sample.ts';
import { USER_NAMESPACE, type Stage } from '../stage.ts';

const IN_NAMESPACE = `-n ${USER_NAMESPACE}`;

/** What the demo shows of a Synchronization at its end. */
export interface FinishedSynchronization {
  readonly name: string;
  readonly job: string;
}

/** Applies the documented Secrets and Databases, and waits until both are Ready. */
export async function applyDatabases({ kubectl, terminal, cluster }: Stage): Promise<void> {
  await kubectl.create(`create namespace ${USER_NAMESPACE}`);
  await kubectl.run(
    `label namespace ${USER_NAMESPACE} --overwrite pod-security.kubernetes.io/enforce=restricted`,
  );
  const { file, piped } = await showSample('database.yaml', cluster);
  if (piped !== undefined) {
    terminal.note(
      'The ZooKeepers are not at the addresses of the sample: the real ones are put in.',
    );
  }
  await kubectl.run(`${IN_NAMESPACE} apply -f ${file}`, piped);
  await kubectl.orShow([`${IN_NAMESPACE} describe databases`], () =>
    kubectl.run(
      `${IN_NAMESPACE} wait --for=condition=Ready databases zookeeper-source zookeeper-destination --timeout=60s`,
    ),
  );
}

/** Creates the documented Synchronization, and waits until it says Succeeded. */
export async function synchronize({ kubectl, terminal }: Stage): Promise<FinishedSynchronization> {
  const created = await kubectl.run(
    `${IN_NAMESPACE} create -f manifests/samples/synchronization.yaml -o name`,
  );
  const name = created.trim().split('/').at(-1) ?? '';
  const why = [
    `${IN_NAMESPACE} describe synchronization ${name}`,
    `${IN_NAMESPACE} get jobs,pods`,
    `${IN_NAMESPACE} logs -l app.kubernetes.io/name=resiliency-worker --tail=20 --prefix`,
  ];
  await kubectl.orShow(why, () =>
    kubectl.run(
      `${IN_NAMESPACE} wait --for=condition=Succeeded synchronization/${name} --timeout=90s`,
    ),
  );
  const job = await kubectl.run(
    `${IN_NAMESPACE} get synchronization ${name} -o jsonpath={.status.jobName}`,
  );
  terminal.say(`${ROOT_PATH} is copied and read back.`);
  return { name, job };
}

/** Applies the documented plan: at ten past each hour. */
export async function applyPlan({ kubectl }: Stage): Promise<void> {
  await kubectl.run(`${IN_NAMESPACE} apply -f manifests/samples/synchronization-plan.yaml`);
  await kubectl.orShow([`${IN_NAMESPACE} describe synchronizationplans`], () =>
    kubectl.run(
      `${IN_NAMESPACE} wait --for=condition=Ready synchronizationplan/synchronize-zookeeper --timeout=30s`,
    ),
  );
}
