import type { WorkerPod } from '../../api/v1alpha1/worker-pod.ts';

interface OptOut {
  readonly key: string;
  readonly value: string;
  readonly as: readonly ('labels' | 'annotations')[];
}

/**
 * How service meshes are told to add no container to a pod. A container that they add does not end
 * with the worker, and keeps the pod from ending.
 */
const OPT_OUTS: readonly OptOut[] = [
  // Istio and its kin; a label since 1.10, and the label counts where there are both.
  { key: 'sidecar.istio.io/inject', value: 'false', as: ['labels', 'annotations'] },
  { key: 'linkerd.io/inject', value: 'disabled', as: ['annotations'] },
  // Kuma and Kong Mesh; a label since 2.0.
  { key: 'kuma.io/sidecar-injection', value: 'disabled', as: ['labels', 'annotations'] },
  { key: 'consul.hashicorp.com/connect-inject', value: 'false', as: ['annotations'] },
  { key: 'appmesh.k8s.aws/sidecarInjectorWebhook', value: 'disabled', as: ['annotations'] },
  { key: 'openservicemesh.io/sidecar-injection', value: 'disabled', as: ['annotations'] },
];

/**
 * Labels and annotations that keep the worker's pod out of service meshes. A key that the user names,
 * as a label or as an annotation, is the user's in both places: ours beside it might win.
 */
export function meshOptOut({
  labels = {},
  annotations = {},
}: Pick<WorkerPod, 'labels' | 'annotations'>): {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
} {
  const ours = OPT_OUTS.filter(({ key }) => !(key in labels) && !(key in annotations));
  const as = (place: OptOut['as'][number]): Record<string, string> =>
    Object.fromEntries(
      ours.filter((each) => each.as.includes(place)).map(({ key, value }) => [key, value]),
    );
  return { labels: as('labels'), annotations: as('annotations') };
}
