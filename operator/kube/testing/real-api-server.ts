import type { ApiClient } from '../api-client.ts';
import { isJsonObject } from '../json-fields.ts';

/**
 * Name of the variable that leads integration tests to an API server. Not KUBECONFIG: nobody's own
 * cluster must become a test's by accident.
 */
export const TEST_KUBECONFIG = 'RESILIENCY_TEST_KUBECONFIG';

/** A kind of our own that only exists while a test runs, shaped as our CRDs are. */
export const PROBES = {
  group: 'test.astronetes.io',
  version: 'v1',
  plural: 'probes',
  kind: 'Probe',
} as const;

const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CRD_NAME = `${PROBES.plural}.${PROBES.group}`;

/** Creates a namespace with a name of its own; returns the name. */
export async function createNamespace(api: ApiClient): Promise<string> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: 'operator-it-' } };
  const created = await api.request({ method: 'POST', path: '/api/v1/namespaces', body });
  const metadata = isJsonObject(created) ? created['metadata'] : undefined;
  return isJsonObject(metadata) ? String(metadata['name']) : '';
}

/** Deletes a namespace with everything in it. */
export async function deleteNamespace(api: ApiClient, name: string): Promise<void> {
  await api.request({ method: 'DELETE', path: `/api/v1/namespaces/${name}` });
}

/** Creates the CRD of {@link PROBES}: free spec, status subresource, our default status. */
export async function createProbeKind(api: ApiClient): Promise<void> {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const { plural, kind } = PROBES;
  const body = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: CRD_NAME },
    spec: {
      group: PROBES.group,
      names: { plural, kind, singular: 'probe' },
      scope: 'Namespaced',
      versions: [
        {
          name: PROBES.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: anything,
                status: { ...anything, default: { observedGeneration: -1 } },
              },
            },
          },
        },
      ],
    },
  };
  await api.request({ method: 'POST', path: CRD_PATH, body });
}

/** Deletes the CRD of {@link PROBES} and all objects of it. */
export async function deleteProbeKind(api: ApiClient): Promise<void> {
  await api.request({ method: 'DELETE', path: `${CRD_PATH}/${CRD_NAME}` });
}
