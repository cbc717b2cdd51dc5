import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../../api/v1alpha1/kinds.ts';
import { crd, crdsYaml, objectSchema } from './crd.ts';
import { referenceMarkdown } from './reference.ts';
import type { JsonSchema } from './json-schema.ts';
import { structuralProblems } from './structural.ts';

const kinds = KINDS.map((kind) => ({ name: kind.names.kind, kind }));

/** Names that kubectl already gives to kinds of Kubernetes itself. */
const CORE_NAMES = new Set(
  `all cm cs ep ev limits no ns pvc pv po rc quota sa svc crd crds ds deploy rs sts hpa cj csr ing
   netpol pdb pc sc flowschema vac ip sub co cluster node job pods`.split(/\s+/),
);

function nodesOf(schema: JsonSchema): JsonSchema[] {
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(schema.additionalProperties ? [schema.additionalProperties] : []),
  ];
  return [schema, ...inner.flatMap(nodesOf)];
}

describe.each(kinds)('the CRD of $name', ({ kind }) => {
  const schema = objectSchema(kind);

  test('is structural', () => {
    expect(structuralProblems(schema)).toEqual([]);
  });

  test('describes every field, and keeps TypeBox and our own keywords out', () => {
    const { properties } = schema;
    const nodes = [properties!['spec']!, properties!['status']!].flatMap(nodesOf);
    for (const node of nodes) {
      expect(node.description ?? '').toMatch(/^\S.*[.:/0-9]$/s);
      expect(JSON.stringify(node)).not.toMatch(/"(~|x-(?!kubernetes-))/);
    }
  });

  test('lets nobody take an object for done before it was looked at', () => {
    expect(schema.properties?.['status']?.default).toEqual({ observedGeneration: -1 });
    expect(crd(kind)).toMatchObject({ spec: { versions: [{ subresources: { status: {} } }] } });
  });

  test('has short names that collide with none of Kubernetes', () => {
    expect(kind.names.shortNames.filter((name) => CORE_NAMES.has(name))).toEqual([]);
  });

  test('has no compiled pattern that JavaScript reads otherwise than Go', () => {
    for (const { pattern } of nodesOf(schema)) {
      if (pattern === undefined) continue;
      expect(() => new RegExp(pattern, 'u')).not.toThrow();
      // Lookaround and back references are unknown to RE2.
      expect(pattern).not.toMatch(/\(\?[=!<]|\\[1-9]/);
    }
  });

  test('bounds every text and list that a CEL rule looks at', () => {
    for (const node of nodesOf(schema)) {
      if (!node['x-kubernetes-validations'] || node.type === 'object') continue;
      expect(node.maxLength ?? node.maxItems).toBeGreaterThan(0);
    }
  });
});

test('the names of our kinds are different from each other', () => {
  const names = KINDS.flatMap((kind) => [
    kind.names.plural,
    kind.names.singular,
    ...kind.names.shortNames,
  ]);
  expect(new Set(names).size).toBe(names.length);
});

test('a Synchronization cannot be changed; the template of a plan can', () => {
  const file = crdsYaml(KINDS);
  expect(file.match(/rule: self == oldSelf/g)).toHaveLength(1);
});

test('the file reads back as what was generated, one document a kind', () => {
  const documents = parseAllDocuments(crdsYaml(KINDS), { version: '1.1' });
  expect(documents.map((document) => document.toJS() as unknown)).toEqual(
    KINDS.map((kind) => JSON.parse(JSON.stringify(crd(kind))) as unknown),
  );
});

test('the reference has a table for every structure, and links that lead somewhere', () => {
  const reference = referenceMarkdown(KINDS);
  const headings = [...reference.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  expect(headings).toEqual(
    expect.arrayContaining([
      'assets.astronetes.io/v1alpha1',
      'Synchronization spec.config.deletion',
      'SynchronizationPlan spec.template.spec',
    ]),
  );
  const anchors = headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(' ', '-')
      .replace(/[^a-z0-9-]/g, ''),
  );
  for (const [, target] of reference.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(target);
});
