import { describe, expect, test } from '@jest/globals';
import { meshOptOut } from './mesh-opt-out.ts';

const ISTIO = 'sidecar.istio.io/inject';
const LINKERD = 'linkerd.io/inject';

describe('a worker stays out of service meshes', () => {
  test('by the labels and annotations that each of them reads', () => {
    expect(meshOptOut({})).toEqual({
      labels: { [ISTIO]: 'false', 'kuma.io/sidecar-injection': 'disabled' },
      annotations: {
        [ISTIO]: 'false',
        [LINKERD]: 'disabled',
        'kuma.io/sidecar-injection': 'disabled',
        'consul.hashicorp.com/connect-inject': 'false',
        'appmesh.k8s.aws/sidecarInjectorWebhook': 'disabled',
        'openservicemesh.io/sidecar-injection': 'disabled',
      },
    });
  });

  test.each([
    { name: 'a label', worker: { labels: { [ISTIO]: 'true' } } },
    { name: 'an annotation', worker: { annotations: { [ISTIO]: 'true' } } },
  ])('but for the one that its user names by $name: that is the user’s, wherever', ({ worker }) => {
    const { labels, annotations } = meshOptOut(worker);

    expect(labels).not.toHaveProperty([ISTIO]);
    expect(annotations).not.toHaveProperty([ISTIO]);
    expect(annotations).toMatchObject({ [LINKERD]: 'disabled' });
  });
});
