import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { openshiftYaml } from './openshift.ts';

const kubernetes = readFileSync('manifests/operator.yaml', 'utf8');

describe('the manifest for OpenShift', () => {
  test('says oc where the other says kubectl', () => {
    const [heading = ''] = openshiftYaml(kubernetes).split('\n---\n');

    expect(heading).toContain('for OpenShift Container Platform 4.11 and newer.');
    expect(heading).toContain('oc -n resiliency-operator apply -f operator-openshift.yaml');
    expect(heading).not.toContain('kubectl');
  });

  test.each([
    { lacks: 'heading', text: 'kind: Deployment\n' },
    { lacks: 'pod template', text: '# X for Kubernetes 1.24 and newer.\nkind: ConfigMap\n' },
  ])('is not made of what has no $lacks', ({ lacks, text }) => {
    expect(() => openshiftYaml(text)).toThrow(`has no ${lacks}`);
  });
});
