import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPath } from './path.ts';

describe('paths', () => {
  test.each([
    '/',
    '/a',
    '/a/b',
    '/.a',
    '/a.',
    '/...',
    '/a b',
    '/\u00e9',
    '/a/.b/..c',
    `/${'a'.repeat(5_000)}/b`,
  ])('%j is valid', (path) => {
    expect(() => {
      checkPath(path);
    }).not.toThrow();
  });

  test.each([
    { path: '', reason: 'does not begin' },
    { path: 'a', reason: 'does not begin' },
    { path: '/a/', reason: 'empty segment' },
    { path: '//a', reason: 'empty segment' },
    { path: '/a//b', reason: 'empty segment' },
    { path: '/.', reason: 'relative segment' },
    { path: '/a/../b', reason: 'relative segment' },
    { path: '/a/..', reason: 'relative segment' },
    { path: '/a\n', reason: 'U+000A' },
    { path: `/${'a'.repeat(5_000)}/..`, reason: 'relative segment' },
    { path: '/a\u0000', reason: 'U+0000' },
    { path: '/a\u001f', reason: 'U+001F' },
    { path: '/a\u007f', reason: 'U+007F' },
    { path: '/a\u{1F600}', reason: 'U+D83D' },
    { path: '/a\uf8ff', reason: 'U+F8FF' },
    { path: '/a\uffff', reason: 'U+FFFF' },
  ])('$path is refused: $reason', ({ path, reason }) => {
    const check = (): void => {
      checkPath(path);
    };
    expect(check).toThrow(expect.objectContaining({ code: 'BadArguments' }));
    expect(check).toThrow(reason);
  });

  test('a short path is judged as it is at the end of one too long for the quick look', () => {
    const isValid = (path: string): boolean => {
      try {
        checkPath(path);
        return true;
      } catch {
        return false;
      }
    };
    const long = `/${'a'.repeat(5_000)}`;
    const characters = fc.constantFrom('/', '.', 'a', ' ', '~', '\n', '\u007f', '\u00e9');
    fc.assert(
      fc.property(fc.string({ unit: characters, minLength: 1, maxLength: 8 }), (rest) => {
        expect(isValid(`/${rest}`)).toBe(isValid(`${long}/${rest}`));
      }),
    );
  });
});
