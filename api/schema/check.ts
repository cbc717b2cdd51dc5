import { isRecord, propertyNode, requiredWithoutDefault, type SchemaNode } from './node.ts';
import { missing, notAllowed, type Problem } from './problem.ts';

const TYPE_NAMES = {
  object: 'an object (indented fields)',
  array: 'a list (lines beginning with "- ")',
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
} as const;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * Judges a value (defaults already applied) by a schema: what the API server would refuse, and the
 * rules that only we can judge. Unknown fields are not looked at: a newer version may know them.
 *
 * @param field path of the value, for the problems' texts
 */
export function check(node: SchemaNode, value: unknown, field: string): Problem[] {
  const wrongType = typeProblem(node, value, field);
  if (wrongType) return [wrongType];
  const inside = insideProblems(node, value, field);
  // A rule over the whole may rely on its parts being right.
  if (inside.length > 0) return inside;
  return [rulesProblem(node, value, field) ?? patternProblem(node, value, field)].filter(
    (problem) => problem !== undefined,
  );
}

function typeProblem(node: SchemaNode, value: unknown, field: string): Problem | undefined {
  if (hasType(node, value)) return undefined;
  const name = node.type ? TYPE_NAMES[node.type] : 'a number or a string';
  const quoted =
    node.type === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  const remedy = quoted ? 'Put it between quotation marks.' : `Write ${name} there.`;
  return notAllowed(field, value, { must: `must be ${name}`, remedy });
}

function hasType(node: SchemaNode, value: unknown): boolean {
  if (node['x-kubernetes-int-or-string']) {
    return typeof value === 'string' || Number.isSafeInteger(value);
  }
  switch (node.type) {
    case 'object':
      return isRecord(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'string':
    case 'boolean':
      return typeof value === node.type;
    default:
      return true;
  }
}

function insideProblems(node: SchemaNode, value: unknown, field: string): Problem[] {
  if (typeof value === 'string') return compact(stringProblem(node, value, field));
  if (typeof value === 'number') return compact(numberProblem(node, value, field));
  if (Array.isArray(value)) return listProblems(node, value, field);
  return isRecord(value) ? objectProblems(node, value, field) : [];
}

function stringProblem(node: SchemaNode, value: string, field: string): Problem | undefined {
  if (node.enum && !node.enum.includes(value)) {
    const must = `must be one of ${node.enum.join(', ')}`;
    return notAllowed(field, value, {
      must,
      remedy: 'Use one of these words, spelled exactly so.',
    });
  }
  if (node.format === 'date-time' && !RFC3339.test(value)) {
    const must = 'must be an RFC 3339 time';
    return notAllowed(field, value, { must, remedy: 'Write for example 2026-03-28T00:00:00Z.' });
  }
  return lengthProblem(node, value, field);
}

function lengthProblem(node: SchemaNode, value: string, field: string): Problem | undefined {
  // The API server counts code points.
  const length = [...value].length;
  const { minLength = 0, maxLength = Infinity } = node;
  if (length < minLength) {
    const must = minLength === 1 ? 'must not be empty' : `must have ${minLength} characters`;
    return notAllowed(field, value, { must, remedy: node.description ?? '' });
  }
  if (length <= maxLength) return undefined;
  return notAllowed(field, value, {
    must: `must have at most ${maxLength} characters`,
    remedy: `It has ${length}: shorten it.`,
  });
}

function numberProblem(node: SchemaNode, value: number, field: string): Problem | undefined {
  const { minimum = -Infinity, maximum = Infinity } = node;
  if (value >= minimum && value <= maximum) return undefined;
  const must =
    maximum === Infinity ? `must be at least ${minimum}` : `must be from ${minimum} to ${maximum}`;
  return notAllowed(field, value, { must, remedy: 'Write a number in that range.' });
}

function listProblems(node: SchemaNode, value: readonly unknown[], field: string): Problem[] {
  const { items, minItems = 0, maxItems = Infinity } = node;
  if (value.length < minItems) {
    const must = `must have at least ${minItems} ${minItems === 1 ? 'entry' : 'entries'}`;
    return [notAllowed(field, value, { must, remedy: node.description ?? '' })];
  }
  if (value.length > maxItems) {
    const must = `must have at most ${maxItems} entries`;
    return [notAllowed(field, value, { must, remedy: 'Shorten the list.' })];
  }
  return items ? value.flatMap((item, index) => check(items, item, `${field}[${index}]`)) : [];
}

function objectProblems(
  node: SchemaNode,
  value: Readonly<Record<string, unknown>>,
  field: string,
): Problem[] {
  const { properties = {}, additionalProperties } = node;
  const absent = requiredWithoutDefault(node)
    .filter((name) => value[name] === undefined)
    .map((name) => missing(`${field}.${name}`, properties[name]?.description ?? ''));
  const present = Object.entries(value).flatMap(([name, member]) => {
    const child = propertyNode(node, name, value) ?? additionalProperties;
    return child && member !== undefined ? check(child, member, `${field}.${name}`) : [];
  });
  return [...absent, ...present, ...variantProblems(node, value, field)];
}

/** Names what another variant has, and the one that was chosen has not. */
function variantProblems(
  node: SchemaNode,
  value: Readonly<Record<string, unknown>>,
  field: string,
): Problem[] {
  const { by, of, schemas = {} } = node['x-variants'] ?? { by: '', of: '' };
  const word = value[by];
  const members = value[of];
  const chosen: SchemaNode | undefined = typeof word === 'string' ? schemas[word] : undefined;
  if (chosen === undefined || !isRecord(members)) return [];
  return Object.entries(members).flatMap(([name, member]) => {
    const owners = Object.keys(schemas).filter((each) => hasProperty(schemas[each], name));
    if (owners.length === 0 || hasProperty(chosen, name)) return [];
    const must = `must not be set where ${by} is ${String(word)}`;
    const remedy = `Remove it: it belongs to ${by} ${owners.join(' or ')}.`;
    return [notAllowed(`${field}.${of}.${name}`, member, { must, remedy })];
  });
}

function hasProperty(node: SchemaNode | undefined, name: string): boolean {
  return Object.hasOwn(node?.properties ?? {}, name);
}

function rulesProblem(node: SchemaNode, value: unknown, field: string): Problem | undefined {
  const broken = node['x-rules']?.find((rule) => rule.holds && !rule.holds(value));
  return broken && notAllowed(field, value, broken);
}

function patternProblem(node: SchemaNode, value: unknown, field: string): Problem | undefined {
  const pattern = node['x-pattern'];
  if (!pattern || typeof value !== 'string' || new RegExp(pattern.regex, 'u').test(value)) {
    return undefined;
  }
  return notAllowed(field, value, pattern);
}

function compact(problem: Problem | undefined): Problem[] {
  return problem ? [problem] : [];
}
