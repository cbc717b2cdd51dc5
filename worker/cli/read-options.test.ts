import { describe, expect, test } from '@jest/globals';
import { helpOf, type OptionTable } from '../../api/options/definition.ts';
import { Problems } from './parse-values.ts';
import { readOptions, type GivenValues } from './read-options.ts';

const TABLE = {
  isQuick: { type: 'boolean', default: true, value: '[boolean]', help: 'be quick' },
  maxTurns: { type: 'integer', default: 3, minimum: 1, maximum: 9, value: '<n>', help: 'turns' },
  waitSeconds: { type: 'integer', minimum: 0, value: '<n>', help: 'wait', defaultHelp: 'never' },
  color: { type: 'word', words: ['Red', 'Blue'], default: 'Red', value: '<c>', help: 'color' },
  tones: { type: 'words', words: ['Low', 'High'], flag: '--tone', value: '<t>', help: 'tones' },
  title: { type: 'text', variable: 'TITLE', value: '<text>', help: 'title' },
  globs: { type: 'texts', written: 'repeated', flag: '--glob', value: '<g>', help: 'globs' },
  hosts: { type: 'texts', written: 'joined', value: '<h>', help: 'hosts' },
} as const satisfies OptionTable;

function read(raw: Readonly<Record<string, unknown>>, env: GivenValues['env'] = {}) {
  const problems = new Problems();
  const values = readOptions(TABLE, { raw: raw, env }, problems);
  return { values, sentences: problems.sentences };
}

describe('the options of a table', () => {
  test('have their defaults where they are left out', () => {
    expect(read({})).toEqual({
      values: {
        isQuick: true,
        maxTurns: 3,
        waitSeconds: undefined,
        color: 'Red',
        tones: [],
        title: undefined,
        globs: [],
        hosts: undefined,
      },
      sentences: [],
    });
  });

  test('are read as their types say', () => {
    const raw = {
      ...{ isQuick: 'false', maxTurns: '9', waitSeconds: '0', color: 'Blue', tones: ['High'] },
      ...{ title: 'a', globs: ['/a', '/b,c'], hosts: 'a,b' },
    };
    const values = { ...raw, isQuick: false, maxTurns: 9, waitSeconds: 0 };
    expect(read(raw)).toEqual({ values, sentences: [] });
    expect(read({ isQuick: true }).values.isQuick).toBe(true);
  });

  test('are told by flag, with what was found and what is allowed', () => {
    const raw = { isQuick: 'no', maxTurns: '10', color: 'Green', tones: ['Mid'] };
    expect(read(raw).sentences).toEqual([
      '--is-quick: found "no", must be true or false.',
      '--max-turns: found "10", must be a whole number from 1 to 9.',
      '--color: found "Green", must be one of Red, Blue.',
      '--tone: found "Mid", must be one of Low, High.',
    ]);
  });

  test('without an upper bound take what a number can hold', () => {
    expect(read({ waitSeconds: '999999999999999' }).values.waitSeconds).toBe(999_999_999_999_999);
    expect(read({ waitSeconds: '-1' }).sentences).toHaveLength(1);
  });

  test('are looked for in the environment where the flag is left out', () => {
    expect(read({}, { TITLE: 'of the environment' }).values.title).toBe('of the environment');
    expect(read({ title: 'of the flag' }, { TITLE: 'x' }).values.title).toBe('of the flag');
  });

  test('tell their defaults in the help', () => {
    expect(Object.values(TABLE).map(helpOf)).toEqual([
      'be quick (default: true)',
      'turns (default: 3)',
      'wait (default: never)',
      'color (default: Red)',
      'tones',
      'title; TITLE',
      'globs',
      'hosts',
    ]);
  });
});
