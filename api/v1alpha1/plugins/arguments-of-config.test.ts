import { describe, expect, test } from '@jest/globals';
import { COPY_OPTIONS } from '../../options/synchronize-options.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { argumentsOfConfig } from './arguments-of-config.ts';
import { configNode } from './registry.ts';

const CONFIG = configNode('zookeeper-to-zookeeper-nodes');

/** Options that the operator sets from something else than `spec.config`. */
const NOT_OF_CONFIG = ['writerId', 'deadlineSeconds'];

/** Fields that are for the operator. */
const NO_OPTIONS = ['sourceName', 'destinationName'];

/** Names of the options that fields set, and paths of fields that set none. */
function fieldsOf(
  node: SchemaNode,
  path: readonly string[] = [],
): { options: string[]; others: string[] } {
  const option = node['x-option'];
  if (option !== undefined) return { options: [option.name], others: [] };
  if (node.properties === undefined) return { options: [], others: [path.join('.')] };
  const inside = Object.entries(node.properties).map(([name, each]) =>
    fieldsOf(each, [...path, name]),
  );
  return {
    options: inside.flatMap(({ options }) => options),
    others: inside.flatMap(({ others }) => others),
  };
}

describe('the fields of a config', () => {
  test('set every option of a copy, each once', () => {
    const { options } = fieldsOf(CONFIG);
    const expected = Object.keys(COPY_OPTIONS).filter((name) => !NOT_OF_CONFIG.includes(name));
    expect([...options].sort()).toEqual(expected.sort());
  });

  test('all set an option, but for the names of the assets', () => {
    expect(fieldsOf(CONFIG).others).toEqual(NO_OPTIONS);
  });

  test('are passed on as the worker takes them; what is left out is left out', () => {
    const config = {
      rootPath: '/a',
      exclude: { paths: ['/a/**'] },
      deletion: { maxPercent: 0 },
      nodeTypes: [
        { glob: '/a/*', type: 'Container' },
        { glob: '/b', type: 'TTL', ttlMs: 7 },
      ],
      limits: {},
      verify: false,
    };
    expect(argumentsOfConfig(CONFIG, config)).toEqual({
      rootPath: '/a',
      excludePaths: ['/a/**'],
      deletionMaxPercent: 0,
      nodeTypes: ['/a/*=Container', '/b=TTL:7'],
      verify: false,
    });
  });
});
