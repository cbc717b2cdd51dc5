import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../testing/certificates.ts';
import type { Kubectl } from './kubectl.ts';

/** A step of a JSON patch. */
export interface PatchStep {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** A pod as a webhook sees it before it is created. */
export interface AdmittedPod {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly {
      readonly image: string;
      readonly args: readonly string[];
      readonly securityContext: unknown;
    }[];
  };
}

interface Review {
  readonly request: { readonly uid: string; readonly object: AdmittedPod };
}

export interface PodWebhookOptions {
  /** Of the configuration; what an earlier run left under it is replaced. */
  readonly name: string;
  /** The one namespace whose pods it is asked about. */
  readonly namespace: string;
  /** Address of this process as the API server reaches it. */
  readonly host: string;
  /** What it changes of a pod that is about to be created. */
  readonly change: (pod: AdmittedPod) => readonly PatchStep[];
}

/** Changes pods of a namespace as they are created, as webhooks of meshes and policies do. */
export async function startPodWebhook(
  kubectl: Kubectl,
  { name, namespace, host, change }: PodWebhookOptions,
): Promise<AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), 'webhook-'));
  const authority = await createAuthority(dir, 'webhook authority');
  const certificate = await authority.issue('webhook', { addresses: [host] });
  await rm(dir, { recursive: true });
  const server = createServer(certificate, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(review, change(review.request.object))));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const url = `https://${host}:${(server.address() as AddressInfo).port}/`;
  const clientConfig = { url, caBundle: Buffer.from(authority.cert).toString('base64') };
  await kubectl.run(
    ['apply', '-f', '-'],
    JSON.stringify(configuration({ name, namespace, clientConfig })),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      await kubectl.run(['delete', 'mutatingwebhookconfiguration', name, '--ignore-not-found']);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer({ request }: Review, steps: readonly PatchStep[]): unknown {
  const patch = Buffer.from(JSON.stringify(steps)).toString('base64');
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch },
  };
}

function configuration({
  name,
  namespace,
  clientConfig,
}: {
  readonly name: string;
  readonly namespace: string;
  readonly clientConfig: unknown;
}): unknown {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig,
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}
