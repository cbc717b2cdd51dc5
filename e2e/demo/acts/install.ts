import { OPERATOR_DEPLOYMENTS, OPERATOR_NAMESPACE } from '../../support/installation.ts';
import type { Stage } from '../stage.ts';

/** Installs the operator with the commands of the product documentation. */
export async function install({ kubectl, terminal }: Stage): Promise<void> {
  const inNamespace = `-n ${OPERATOR_NAMESPACE}`;
  await kubectl.create(`create namespace ${OPERATOR_NAMESPACE}`);
  terminal.note('The examples stand for the files you were given; no image is pulled here.');
  await kubectl.create(`${inNamespace} create -f manifests/pull-secret.example.yaml`);
  await kubectl.create(`${inNamespace} create -f manifests/license-key.example.yaml`);
  await kubectl.run('apply -f manifests/crds.yaml');
  const applied = await kubectl.run(`${inNamespace} apply -f manifests/operator.yaml`);
  const earlier = OPERATOR_DEPLOYMENTS.filter(
    (name) => !applied.includes(`deployment.apps/${name} created`),
  );
  if (earlier.length > 0) {
    terminal.note('Deployments of an earlier demo restart: the image may be newer than they are.');
  }
  for (const deployment of earlier) {
    await kubectl.run(`${inNamespace} rollout restart deployment ${deployment}`);
  }
  const why = [
    `${inNamespace} get pods`,
    `${inNamespace} logs -l app.kubernetes.io/part-of=resiliency-operator --tail=20 --prefix`,
  ];
  await kubectl.orShow(why, async () => {
    for (const deployment of OPERATOR_DEPLOYMENTS) {
      await kubectl.run(`${inNamespace} rollout status deployment/${deployment} --timeout=100s`);
    }
  });
}
