import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Check } from 'typebox/value';
import { KINDS } from '../v1alpha1/kinds.ts';
import { nodeOf, type SchemaNode } from './node.ts';
import { check } from './check.ts';
import { applyDefaults } from './defaults.ts';
import { flag, integer, list, mapOf, optional, structure, text } from './builders.ts';

/** Values for a schema: mostly fitting, sometimes anything at all. */
function valuesFor(node: SchemaNode): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fitting(node), weight: 60 }, { arbitrary: strays, weight: 1 });
}

const strays = fc.oneof(
  fc.constantFrom<unknown>(null, '', '/', '/a//b', 'a', -1, 0, 1.5, 2 ** 60, true, '2m', '1Gi'),
  fc.constantFrom<unknown>({}, [], [null], { a: 1 }, '2026-03-28T00:00:00Z', 'zk:2181', '0x1f'),
);

function fitting(node: SchemaNode): fc.Arbitrary<unknown> {
  if (node.enum) return fc.constantFrom(...node.enum);
  if (node.properties) return structureFor(node, node.properties);
  if (node.items) return fc.array(valuesFor(node.items), { maxLength: 3 });
  if (node.additionalProperties) {
    return fc.dictionary(fc.string(), valuesFor(node.additionalProperties), { maxKeys: 3 });
  }
  return scalarFor(node);
}

function structureFor(
  { required = [] }: SchemaNode,
  properties: Readonly<Record<string, SchemaNode>>,
): fc.Arbitrary<unknown> {
  const members = Object.entries(properties).map(
    ([name, child]) => [name, valuesFor(child)] as const,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
}

const TEXTS = [
  '/test',
  '/a',
  'a',
  'b',
  'zk:2181',
  'https://minio:9000',
  '[::1]:1/a',
  '2m',
  '8080',
  '0x1f',
  '2026-03-28T00:00:00Z',
];

function scalarFor(node: SchemaNode): fc.Arbitrary<unknown> {
  const { type, minimum = 0 } = node;
  if (type === 'boolean') return fc.boolean();
  if (type === 'object') return fc.object();
  if (type === 'integer') return fc.integer({ min: minimum, max: minimum + 100 });
  return fc.constantFrom(...TEXTS.filter((value) => check(node, value, 'x').length === 0));
}

describe.each(KINDS.map((kind) => ({ name: kind.names.kind, kind })))('$name', ({ kind }) => {
  // The inferred TypeScript types are TypeBox's reading of the schema: what we let through, it must.
  test.each([
    { part: 'spec', schema: kind.spec },
    { part: 'status', schema: kind.status },
  ])('whatever parses as $part has the type that is inferred for it', ({ schema }) => {
    const node = nodeOf(schema);
    let accepted = 0;
    fc.assert(
      fc.property(valuesFor(node), (value) => {
        const filled = applyDefaults(node, value);
        if (check(node, filled, 'x').length > 0) return;
        accepted += 1;
        expect(Check(schema, filled)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  test('defaults filled in twice are the same as once, and what was given is left untouched', () => {
    const node = nodeOf(kind.spec);
    fc.assert(
      fc.property(valuesFor(node), (value) => {
        const before = structuredClone(value);
        const once = applyDefaults(node, value);
        expect(value).toEqual(before);
        expect(applyDefaults(node, once)).toEqual(once);
      }),
    );
  });
});

describe('applyDefaults', () => {
  const node = nodeOf(
    structure(
      {
        inner: structure(
          { size: integer({ description: '', default: 7 }) },
          { description: '', default: {} },
        ),
        on: flag({ description: '', default: true }),
        name: optional(text({ description: '' })),
        rows: optional(
          list(structure({ on: flag({ description: '', default: false }) }, { description: '' }), {
            description: '',
          }),
        ),
      },
      { description: '' },
    ),
  );

  test.each([
    { title: 'nothing', given: {}, filled: { inner: { size: 7 }, on: true } },
    { title: 'false', given: { on: false }, filled: { inner: { size: 7 }, on: false } },
    { title: 'null', given: { inner: null, on: null }, filled: { inner: { size: 7 }, on: true } },
    { title: 'a value', given: { inner: { size: 1 } }, filled: { inner: { size: 1 }, on: true } },
    {
      title: 'null without a default',
      given: { name: null },
      filled: { inner: { size: 7 }, on: true, name: null },
    },
    {
      title: 'items of a list',
      given: { rows: [{}, { on: true }] },
      filled: { inner: { size: 7 }, on: true, rows: [{ on: false }, { on: true }] },
    },
    {
      title: 'fields nobody knows',
      given: { other: 1 },
      filled: { inner: { size: 7 }, on: true, other: 1 },
    },
  ])('$title', ({ given, filled }) => {
    expect(applyDefaults(node, given)).toEqual(filled);
  });
});

test('a map is judged value by value, under its key', () => {
  const node = nodeOf(mapOf(text({ description: '' }), { description: '' }));
  expect(check(node, { a: '1', b: 2 }, 'labels').map(({ field }) => field)).toEqual(['labels.b']);
});

test('a rule over a whole is judged only when its parts are right', () => {
  const node = nodeOf(
    structure(
      { size: integer({ description: '' }) },
      {
        description: '',
        rules: [
          {
            must: 'must be even',
            remedy: 'Add 1.',
            about: ['size'],
            holds: ({ size }) => size % 2 === 0,
          },
        ],
      },
    ),
  );
  expect(check(node, { size: 3 }, 'x')[0]?.message).toBe('x must be even; found size 3. Add 1.');
  expect(check(node, { size: '3' }, 'x')[0]?.field).toBe('x.size');
});
