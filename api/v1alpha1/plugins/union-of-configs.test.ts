import { describe, expect, test } from '@jest/globals';
import { check } from '../../schema/check.ts';
import { applyDefaults } from '../../schema/defaults.ts';
import { choice, flag, integer, optional, structure, text } from '../../schema/builders.ts';
import { nodeOf } from '../../schema/node.ts';
import type { PluginDefinition } from './plugin-definition.ts';
import { PLUGINS } from './registry.ts';
import { unionOfConfigs } from './union-of-configs.ts';

const sourceName = text({ description: 'Where from.' });

const COPIER: PluginDefinition = {
  names: ['copier', 'copyist'],
  config: structure(
    { sourceName, speed: integer({ description: 'How fast.', default: 7 }) },
    { description: 'A copy.' },
  ),
  assets: { sourceName: 'Database' },
};

const ARCHIVER: PluginDefinition = {
  names: ['archiver'],
  config: structure(
    {
      sourceName,
      bucketName: text({ description: 'Where to.' }),
      compress: optional(flag({ description: 'Make it small.' })),
    },
    { description: 'An archive.' },
  ),
  assets: { sourceName: 'Database', bucketName: 'Bucket' },
};

const { schema, rules } = unionOfConfigs([COPIER, ARCHIVER], 'What is done.');

const SPEC = nodeOf(
  structure(
    {
      plugin: choice(['copier', 'copyist', 'archiver'], { description: 'Who does it.' }),
      config: schema,
    },
    {
      description: 'A spec.',
      rules,
      variants: {
        by: 'plugin',
        of: 'config',
        schemas: { copier: COPIER.config, copyist: COPIER.config, archiver: ARCHIVER.config },
      },
    },
  ),
);

function judged(spec: unknown) {
  const filled = applyDefaults(SPEC, spec);
  return { filled, problems: check(SPEC, filled, 'spec').map(({ message }) => message) };
}

describe('the configs of several plugins', () => {
  test('are one schema for the API server, which fills in no default of one of them alone', () => {
    const node = nodeOf(schema);
    expect(Object.keys(node.properties ?? {})).toEqual([
      'sourceName',
      'speed',
      'bucketName',
      'compress',
    ]);
    expect(node.required).toEqual(['sourceName']);
    expect(node.properties?.['speed']).not.toHaveProperty('default');
  });

  test('come with a rule for each field that not all of them have', () => {
    expect(rules.map(({ cel }) => cel)).toEqual([
      "self.plugin in ['copier', 'copyist'] || !has(self.config.speed)",
      "self.plugin in ['archiver'] || !has(self.config.bucketName)",
      "!(self.plugin in ['archiver']) || has(self.config.bucketName)",
      "self.plugin in ['archiver'] || !has(self.config.compress)",
    ]);
  });

  test('are judged by the plugin that a spec names, which has its own defaults', () => {
    const spec = { plugin: 'copyist', config: { sourceName: 'a' } };
    expect(judged(spec)).toEqual({
      filled: { plugin: 'copyist', config: { sourceName: 'a', speed: 7 } },
      problems: [],
    });
    expect(judged({ plugin: 'archiver', config: { sourceName: 'a' } }).problems).toEqual([
      'spec.config.bucketName is required; found nothing. Set it: Where to.',
    ]);
  });

  test('name a field that belongs to another plugin', () => {
    const config = { sourceName: 'a', bucketName: 'b', speed: 3 };
    expect(judged({ plugin: 'archiver', config }).problems).toEqual([
      'spec.config.speed must not be set where plugin is archiver; found 3. Remove it: it belongs to plugin copier or copyist.',
    ]);
  });

  test('pass over a field that no plugin has: a newer version may know it', () => {
    const config = { sourceName: 'a', novelty: true };
    expect(judged({ plugin: 'copier', config }).problems).toEqual([]);
  });

  test('say what is wrong with a plugin that there is not, and nothing of its config', () => {
    expect(judged({ plugin: 'toaster', config: { sourceName: 'a', speed: 3 } }).problems).toEqual([
      expect.stringContaining('spec.plugin must be one of copier, copyist, archiver'),
    ]);
  });

  test('must not give one name to fields that differ', () => {
    const other: PluginDefinition = {
      ...ARCHIVER,
      config: structure({ speed: text({ description: 'How.' }) }, { description: 'Other.' }),
    };
    expect(() => unionOfConfigs([COPIER, other], 'x')).toThrow(
      'archiver gives speed another schema than copier',
    );
  });
});

test('the key of each plugin is its first name', () => {
  for (const [id, { names }] of Object.entries(PLUGINS)) expect(names[0]).toBe(id);
});

test('the assets of each plugin are named by fields that it demands', () => {
  for (const { assets, config } of Object.values(PLUGINS)) {
    expect(nodeOf(config).required).toEqual(expect.arrayContaining(Object.keys(assets)));
  }
});
