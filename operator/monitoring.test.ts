import { expect, test } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { FakeClock } from '../testing/fake-clock.ts';
import { registerPlanMetrics } from './controllers/synchronization-plan/metrics.ts';
import { createOperatorMetrics } from './runtime/metrics.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly podMetricsEndpoints?: readonly { readonly port: string; readonly path: string }[];
    readonly groups?: readonly { readonly rules: readonly Rule[] }[];
  };
}

function read(file: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as Manifest;
  });
}

const manifests = read('manifests/monitoring.yaml');
const rules = manifests.flatMap(({ spec }) => (spec.groups ?? []).flatMap((group) => group.rules));

/** What a PromQL expression asks for, as Prometheus's own grammar reads it. */
function parsePromql(expr: string): {
  readonly metrics: readonly string[];
  readonly errors: readonly string[];
} {
  const metrics: string[] = [];
  const errors: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, type, from, to, node }) => {
      if (type.isError) errors.push(`at ${from}: ${expr.slice(from)}`);
      const isMetric = name === 'Identifier' && node.parent?.name === 'VectorSelector';
      if (isMetric) metrics.push(expr.slice(from, to));
    },
  });
  return { metrics, errors };
}

test.each(rules)('the alert $alert is PromQL, about metrics that the operator has', ({ expr }) => {
  const { registry } = createOperatorMetrics();
  const cache = { get: () => undefined, list: () => [] };
  registerPlanMetrics(registry, { cache, clock: new FakeClock() });
  const known = registry.getMetricsAsArray().map(({ name }) => name);

  const { metrics, errors } = parsePromql(expr);

  expect(errors).toEqual([]);
  expect(metrics.length).toBeGreaterThan(0);
  expect(known).toEqual(expect.arrayContaining([...metrics]));
});

test.each(['sum by (', 'max(a{b="c"})) > 0', 'no_such_function(a) > 0', 'delta(a[1 hour])'])(
  '%s is not PromQL',
  (expr) => {
    expect(parsePromql(expr).errors).not.toEqual([]);
  },
);

test.each(rules)('the alert $alert says how bad it is, and what to look at', (rule) => {
  expect(['warning', 'critical']).toContain(rule.labels.severity);
  expect(rule.annotations.summary).not.toBe('');
  expect(rule.annotations.description).not.toBe('');
});

test.each(['SynchronizationPlanRPOMissed', 'ControllerReconcilesStuck'])(
  '%s is alerted',
  (name) => {
    expect(rules.map(({ alert }) => alert)).toContain(name);
  },
);

test('what is scraped is the port of every Deployment, whose pods are selected', () => {
  const monitor = manifests.find(({ kind }) => kind === 'PodMonitor')?.spec;
  const deployments = read('manifests/operator.yaml')
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ spec }) => spec as unknown as { template: { metadata: object; spec: object } });

  expect(deployments.length).toBeGreaterThan(0);
  for (const { template } of deployments) {
    expect(template.metadata).toMatchObject({ labels: monitor?.selector?.matchLabels });
    expect(template.spec).toMatchObject({
      containers: [{ ports: [{ name: monitor?.podMetricsEndpoints?.[0]?.port }] }],
    });
  }
});
