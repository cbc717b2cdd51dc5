import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { parseConfig } from './config.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
  };
  readonly [field: string]: unknown;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly containers: readonly {
    readonly image: string;
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  }[];
}

const KUBERNETES = 'manifests/operator.yaml';
const OPENSHIFT = 'manifests/operator-openshift.yaml';

function read(file: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((each) => each.toJS() as Manifest);
}

function ofKind(kind: string): readonly Manifest[] {
  return read(KUBERNETES).filter((each) => each.kind === kind);
}

function podSpec(deployment: Manifest): PodSpec {
  return (deployment as unknown as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
}

function rulesOf(name: string): readonly Rule[] {
  return read(KUBERNETES)
    .filter((each) => ['Role', 'ClusterRole'].includes(each.kind) && each.metadata.name === name)
    .flatMap((each) => each['rules'] as readonly Rule[]);
}

const deployments = ofKind('Deployment');

describe('the manifests of the operator', () => {
  test('make no Namespace, and name none but in the subjects of ClusterRoleBindings', () => {
    for (const manifest of read(KUBERNETES)) {
      expect(manifest.kind).not.toBe('Namespace');
      expect(manifest.metadata.namespace).toBeUndefined();
      const isBinding = manifest.kind === 'ClusterRoleBinding';
      expect(JSON.stringify(manifest).includes('"namespace"')).toBe(isBinding);
    }
  });

  test('for OpenShift differ in nothing but the security constraint they ask for', () => {
    const annotation = { 'openshift.io/required-scc': 'restricted-v2' };
    const openshift = read(OPENSHIFT).map((manifest) => {
      if (manifest.kind !== 'Deployment') return manifest;
      const copy = structuredClone(manifest) as unknown as {
        spec: { template: { metadata: { annotations?: unknown } } };
      };
      expect(copy.spec.template.metadata.annotations).toEqual(annotation);
      delete copy.spec.template.metadata.annotations;
      return copy;
    });

    expect(openshift).toEqual(read(KUBERNETES));
  });

  test('write out the defaults of what server-side apply takes as one piece', () => {
    // Left out, the live object has them: the same file would differ from it, and conflict.
    const refs = JSON.stringify(deployments).match(/"fieldRef":\{[^}]*\}/g) ?? [];

    expect(refs.length).toBeGreaterThan(0);
    expect(refs.filter((ref) => !ref.includes('"apiVersion":"v1"'))).toEqual([]);
  });

  test.each(deployments)('$metadata.name starts, and finds its Lease', (deployment) => {
    const [container] = podSpec(deployment).containers;
    const given = Object.fromEntries(
      (container?.env ?? []).map(({ name, value }) => [name, value ?? 'from-the-pod']),
    );
    const parsed = parseConfig(container?.args ?? [], { env: given, isTerminal: false });

    expect(parsed).toMatchObject({
      kind: 'run',
      config: { identity: 'from-the-pod', lease: { name: deployment.metadata.name } },
    });
    expect(ofKind('Lease').map((each) => each.metadata.name)).toContain(deployment.metadata.name);
  });

  test.each(deployments)(
    '$metadata.name passes the restricted Pod Security level',
    (deployment) => {
      expect(podSpec(deployment)).toMatchObject({
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            imagePullPolicy: 'IfNotPresent',
            resources: { requests: expect.anything(), limits: expect.anything() },
            livenessProbe: { httpGet: { path: '/healthz' } },
            readinessProbe: { httpGet: { path: '/readyz' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
            },
          },
        ],
      });
      expect(JSON.stringify(deployment)).not.toMatch(/runAsUser|fsGroup|hostNetwork|hostPath/);
    },
  );

  test.each(deployments)('$metadata.name has an account and roles of its own', (deployment) => {
    const { name } = deployment.metadata;

    expect(podSpec(deployment).serviceAccountName).toBe(name);
    expect(ofKind('ServiceAccount').map((each) => each.metadata.name)).toContain(name);
    for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
      const bindings = ofKind(kind).filter((each) =>
        (each['subjects'] as { name: string }[]).some((subject) => subject.name === name),
      );
      expect(bindings).toMatchObject([{ metadata: { name }, roleRef: { name } }]);
    }
  });

  test('give no right to everything of anything', () => {
    const rules = [...ofKind('Role'), ...ofKind('ClusterRole')].flatMap((each) => each['rules']);

    expect(JSON.stringify(rules)).not.toContain('*');
  });

  test('let the database controller alone read Secrets, one by one', () => {
    for (const { metadata } of deployments) {
      const rules = rulesOf(metadata.name).filter((rule) => rule.resources.includes('secrets'));
      const isDatabase = metadata.name.includes('database');

      expect(rules.map((rule) => rule.verbs)).toEqual(isDatabase ? [['get']] : []);
    }
  });

  test('need no right to finalizers, which blockOwnerDeletion would take', () => {
    expect(readFileSync(KUBERNETES, 'utf8')).not.toContain('finalizers');
  });

  test('let a controller write its own Lease and no other', () => {
    for (const { metadata } of deployments) {
      const rules = rulesOf(metadata.name).filter((rule) => rule.resources.includes('leases'));

      expect(rules).toMatchObject([{ resourceNames: [metadata.name], verbs: ['get', 'update'] }]);
    }
  });
});
