import { check } from '../../api/schema/check.ts';
import { applyDefaults } from '../../api/schema/defaults.ts';
import type { JsonSchema } from './json-schema.ts';

/** JSON Schema keywords that structural schemas do not know. */
const FORBIDDEN = [
  '$ref',
  '$schema',
  'definitions',
  'dependencies',
  'deprecated',
  'discriminator',
  'id',
  'patternProperties',
  'readOnly',
  'writeOnly',
  'uniqueItems',
  'xml',
  'const',
  'allOf',
  'oneOf',
  'not',
] as const;

/** Longest message of a CEL rule. */
const MESSAGE_MAX_LENGTH = 2048;

/**
 * Finds what the API server would refuse in a CRD's schema: the rules for structural schemas of
 * "Extend the Kubernetes API with CustomResourceDefinitions", and defaults that do not fit.
 *
 * @returns a sentence for each, beginning with the field's path; empty if all is well
 */
export function structuralProblems(schema: JsonSchema, field = 'object'): string[] {
  return [
    ...typeProblems(schema).map((problem) => `${field} ${problem}`),
    ...keywordProblems(schema).map((problem) => `${field} ${problem}`),
    ...listProblems(schema).map((problem) => `${field} ${problem}`),
    ...defaultProblems(schema).map((problem) => `${field} ${problem}`),
    ...validationProblems(schema).map((problem) => `${field} ${problem}`),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
      structuralProblems(child, `${field}.${name}`),
    ),
    ...(schema.items ? structuralProblems(schema.items, `${field}[]`) : []),
    ...(schema.additionalProperties
      ? structuralProblems(schema.additionalProperties, `${field}.*`)
      : []),
  ];
}

function typeProblems(schema: JsonSchema): string[] {
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  if (intOrString && schema.type !== undefined) return ['has a type beside int-or-string'];
  if (intOrString) {
    const branches = JSON.stringify(schema.anyOf);
    const known = branches === '[{"type":"integer"},{"type":"string"}]';
    return known ? [] : ['has another anyOf than the one allowed for int-or-string'];
  }
  const problems = schema.type === undefined ? ['has no type'] : [];
  return schema.anyOf ? [...problems, 'has anyOf'] : problems;
}

function keywordProblems(schema: JsonSchema): string[] {
  const problems: string[] = FORBIDDEN.filter((key) => key in schema).map((key) => `has ${key}`);
  if (schema.properties && schema.additionalProperties) {
    problems.push('has both properties and additionalProperties');
  }
  const unknown = (schema.required ?? []).filter((name) => !schema.properties?.[name]);
  return [...problems, ...unknown.map((name) => `requires ${name}, which it does not have`)];
}

function listProblems(schema: JsonSchema): string[] {
  if (schema.type === 'array' && !schema.items) return ['is a list without items'];
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const { items } = schema;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (keys.length === 0) return ['is a map list without keys'];
  return keys
    .filter((key) => !items?.required?.includes(key) || items.properties?.[key]?.type !== 'string')
    .map((key) => `is a map list by ${key}, which is not a required string of its items`);
}

function defaultProblems(schema: JsonSchema): string[] {
  if (schema.default === undefined) return [];
  const node = { ...schema, default: undefined };
  const invalid = check(node, applyDefaults(node, schema.default), 'default');
  return [
    ...invalid.map((problem) => `has an invalid default: ${problem.message}`),
    ...unknownMembers(schema, schema.default).map((name) => `has a default with unknown ${name}`),
  ];
}

/** Members of a default that pruning would remove. */
function unknownMembers(schema: JsonSchema, value: unknown): string[] {
  if (typeof value !== 'object' || value === null || !schema.properties) return [];
  const { properties } = schema;
  return Object.keys(value).filter((name) => !properties[name]);
}

function validationProblems(schema: JsonSchema): string[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule, message }) => [
    ...(`${rule}${message}`.includes('\n') ? [`has a rule with a line break: ${rule}`] : []),
    ...(message.length > MESSAGE_MAX_LENGTH ? [`has a rule with too long a message: ${rule}`] : []),
  ]);
}
