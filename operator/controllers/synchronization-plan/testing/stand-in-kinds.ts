import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../../../../testing/eventually.ts';
import { HttpApiClient } from '../../../kube/http-api-client.ts';
import { ResourceClient } from '../../../kube/resource-client.ts';
import { SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../../kube/resources.ts';
import { FaultyProxy, type FaultyProxyOptions } from '../../../kube/testing/faulty-proxy.ts';

/**
 * Our kinds under the name of another group: an operator that is installed there lets them be. Of
 * two groups with a kind of the same name, kubectl takes the first by name: that stays the real one.
 */
const STAND_IN_GROUP = 'stand-in.astronetes.io';
const RENAMES = [['automation.astronetes.io', STAND_IN_GROUP]] as const;

const AGGREGATED_DISCOVERY =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList, application/json';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A client of the real API server, through a proxy. */
export interface ProxiedApi {
  readonly api: HttpApiClient;
  readonly proxy: FaultyProxy;
  close(): Promise<void>;
}

/** Opens a way to the API server on which our kinds are the stand-ins. */
export async function openProxy(
  options: FaultyProxyOptions,
  client: Partial<ConstructorParameters<typeof HttpApiClient>[0]> = {},
): Promise<ProxiedApi> {
  const proxy = new FaultyProxy({ renames: RENAMES, ...options });
  await proxy.start();
  // eslint-disable-next-line no-restricted-syntax -- a client of the proxy, from nobody's configuration
  const kubeConfig = new KubeConfig();
  const cluster = { name: 'proxy', server: proxy.url, skipTLSVerify: true };
  kubeConfig.loadFromClusterAndUser(cluster, { name: 'test' });
  const api = new HttpApiClient({ userAgent: 'resiliency-operator/test', ...client, kubeConfig });
  return {
    api,
    proxy,
    close: async () => {
      api.close();
      await proxy.close();
    },
  };
}

/** Creates the stand-ins of plans and Synchronizations, with the schemas that users get. */
export async function createStandInKinds({ api }: ProxiedApi): Promise<void> {
  for (const body of standIns()) await api.request({ method: 'POST', path: CRDS, body });
  for (const type of [SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS]) {
    const client = new ResourceClient(api, type);
    await eventually(() => client.list({ namespace: 'default' }), { timeoutMs: 30_000 });
  }
}

/**
 * Deletes them and all objects of them, and waits until the API server names them no longer: a
 * kubectl that asks before that remembers them for hours.
 */
export async function deleteStandInKinds(
  { api }: ProxiedApi,
  kubeConfig: KubeConfig,
): Promise<void> {
  for (const { metadata } of standIns()) {
    await api.request({ method: 'DELETE', path: `${CRDS}/${metadata.name}` });
  }
  const plain = await openProxy({ kubeConfig, renames: [] });
  try {
    await eventually(async () => !(await namesStandIns(plain.proxy.url)), { timeoutMs: 120_000 });
  } finally {
    await plain.close();
  }
}

/** Asks for both lists of kinds that there are, as old and new versions of kubectl do. */
async function namesStandIns(apiServerUrl: string): Promise<boolean> {
  for (const accept of ['application/json', AGGREGATED_DISCOVERY]) {
    const response = await fetch(`${apiServerUrl}/apis`, { headers: { accept } });
    if ((await response.text()).includes(STAND_IN_GROUP)) return true;
  }
  return false;
}

function standIns(): readonly { readonly metadata: { readonly name: string } }[] {
  const names = [SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS].map(
    ({ plural, group }) => `${plural}.${group}`,
  );
  return parseAllDocuments(readFileSync('manifests/crds.yaml', 'utf8'))
    .map((document) => document.toJS() as { metadata: { name: string } })
    .filter(({ metadata }) => names.includes(metadata.name));
}
