import { describe, expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import { runInNewContext } from 'node:vm';
import { instrument } from './instrument.ts';

/** What is tried in place of what, `without …` for what is left out. */
function changesOf(source: string): readonly string[] {
  return instrument('a.ts', source, 0).mutants.map(({ was, becomes }) =>
    becomes === '' ? `without ${was}` : `${was} → ${becomes}`,
  );
}

/** What an expression of `a` comes to, without a mutant and with each of its own. */
function valuesOf(expression: string, a: unknown): readonly unknown[] {
  const { source, mutants } = instrument('a.ts', `const value = ${expression};`, 0);
  const { code } = transformSync(source, { loader: 'ts' });
  return [-1, ...mutants.keys()].map((alive) => {
    const __isMutant = (id: number): boolean => id === alive;
    return runInNewContext(`${code}; value`, { a, __isMutant }) as unknown;
  });
}

describe('what is tried in place of a piece of code', () => {
  test.each([
    ['a part of an object', 'f({ a: b, c, ...d });', ['without a: b', 'without c', 'without ...d']],
    ['a part of a list', 'f([a, ...b]);', ['without a', 'without ...b']],
    ['a choice', 'const x = a || b;', ['a || b → a', 'a || b → b']],
    ['a fallback', 'const x = a ?? b;', ['a ?? b → a', 'a ?? b → b']],
    ['a comparison', 'const x = a === b;', ['a === b → a !== b']],
    ['a bound', 'const x = a < b;', ['a < b → a <= b', 'a < b → a >= b']],
    ['a negation', 'const x = !a;', ['!a → a']],
    ['a sum', 'const x = a + b;', ['a + b → a - b']],
    ['a filter', 'const x = a.filter(b);', ['a.filter(b) → a']],
    ['a quantifier', 'const x = a.some(b);', ['a.some(b) → a.every(b)']],
    [
      'a literal',
      "const x = f(true, 1, 2n, 'b');",
      ['true → false', '1 → 2', '2n → 0n', "'b' → ''"],
    ],
    ['a part of a text', 'const x = `a ${b}`;', ["b → ''"]],
    ['what is asked', 'const x = a ? b : c;', ['a → true', 'a → false']],
    ['what a filter asks', 'f(a.find((b) => c(b)));', ['c(b) → true', 'c(b) → false']],
  ])('%s', (_, source, expected) => {
    expect(changesOf(source)).toEqual(expect.arrayContaining(expected));
  });

  test('steps, one by one', () => {
    const source = 'function f() { a(); if (b) return c; throw d; }';
    expect(changesOf(source)).toEqual([
      ...['without a();', 'b → true', 'b → false', 'without return c;', 'without throw d;'],
    ]);
  });

  test('cases', () => {
    const source = 'switch (a) { case "b": c(); break; }';
    expect(changesOf(source)).toEqual(['"b" → Symbol()', 'without c();', 'without break;']);
  });

  test.each([
    ['words for people', "const x = 'They are many.';"],
    ['what is logged', "this.#logger.info('it happened', { a: true });"],
    ['figures with a name', 'const WAIT_MS = 5 * 60_000;'],
    ['types', "type A = { b: true } | 'c';"],
    ['names', 'const { a: b } = c; const d = b.e;'],
    ['imports', "import { a } from 'b';"],
  ])('nothing for %s', (_, source) => {
    expect(changesOf(source)).toEqual([]);
  });
});

describe('the code with all mutants in it', () => {
  test.each([
    { expression: 'a > 1 ? 2 : 3', a: 1, values: [3, 2, 3, 2, 3, 4] },
    { expression: 'a?.b?.c ?? 0', a: undefined, values: [0, undefined, 0, 1] },
    { expression: 'Object.keys({ a, b: a }).length', a: 1, values: [2, 1, 1] },
    { expression: '[...a, 7].filter((b) => b).length', a: [0], values: [1, 2, 1, 0, 1, 2, 0] },
    { expression: 'a.every((b) => b > 1)', a: [1, 2], values: [false, true, true, false, true] },
  ])('comes to the same with none alive, and with one to what it says: $expression', (each) => {
    expect(valuesOf(each.expression, each.a)).toEqual(each.values);
  });

  test('numbers its mutants from where it is told to, and says where they are', () => {
    const { mutants } = instrument('a.ts', 'const x =\n  !a;', 7);
    expect(mutants).toEqual([
      {
        ...{ id: 7, file: 'a.ts', line: 2, lineText: '!a;', was: '!a', becomes: 'a' },
        ...{ start: 12, end: 14, instead: '(a)' },
      },
    ]);
  });
});
