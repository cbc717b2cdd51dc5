import { describe, expect, test } from '@jest/globals';
import { checkPath } from './path.ts';

describe('paths', () => {
  test.each(['/', '/a', '/a/b', '/.a', '/a.', '/...', '/a b', '/\u00e9', '/a/.b/..c'])(
    '%j is valid',
    (path) => {
      expect(() => {
        checkPath(path);
      }).not.toThrow();
    },
  );

  test.each([
    { path: '', reason: 'does not begin' },
    { path: 'a', reason: 'does not begin' },
    { path: '/a/', reason: 'empty segment' },
    { path: '//a', reason: 'empty segment' },
    { path: '/a//b', reason: 'empty segment' },
    { path: '/.', reason: 'relative segment' },
    { path: '/a/../b', reason: 'relative segment' },
    { path: '/a/..', reason: 'relative segment' },
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
});
