import { expect, test } from '@jest/globals';
import type { JsonSchema } from './json-schema.ts';
import { structuralProblems } from './structural.ts';

const text: JsonSchema = { type: 'string' };

const refused: readonly { title: string; schema: object; problem: string }[] = [
  { title: 'no type', schema: {}, problem: 'has no type' },
  { title: '$ref', schema: { type: 'object', $ref: '#/x' }, problem: 'has $ref' },
  { title: 'oneOf', schema: { type: 'string', oneOf: [] }, problem: 'has oneOf' },
  { title: 'anyOf', schema: { type: 'string', anyOf: [text] }, problem: 'has anyOf' },
  {
    title: 'a type beside int-or-string',
    schema: { type: 'string', 'x-kubernetes-int-or-string': true },
    problem: 'has a type beside int-or-string',
  },
  {
    title: 'properties beside additionalProperties',
    schema: { type: 'object', properties: { a: text }, additionalProperties: text },
    problem: 'has both properties and additionalProperties',
  },
  {
    title: 'an unknown required field',
    schema: { type: 'object', properties: { a: text }, required: ['b'] },
    problem: 'requires b, which it does not have',
  },
  { title: 'a list without items', schema: { type: 'array' }, problem: 'is a list without items' },
  {
    title: 'a map list by an optional key',
    schema: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: { type: 'object', properties: { type: text } },
    },
    problem: 'is a map list by type, which is not a required string of its items',
  },
  {
    title: 'a default of the wrong type',
    schema: { type: 'integer', default: 'x' },
    problem: 'has an invalid default: default must be a whole number',
  },
  {
    title: 'a default that would be pruned',
    schema: { type: 'object', properties: { a: text }, default: { b: 1 } },
    problem: 'has a default with unknown b',
  },
  {
    title: 'a rule on two lines',
    schema: { type: 'string', 'x-kubernetes-validations': [{ rule: 'a\nb', message: 'm' }] },
    problem: 'has a rule with a line break',
  },
];

test.each(refused)('$title is found, at any depth', ({ schema, problem }) => {
  const inside = { type: 'object', properties: { list: { type: 'array', items: schema } } };
  const problems = structuralProblems(inside as JsonSchema);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`object.list[] ${problem}`);
});
