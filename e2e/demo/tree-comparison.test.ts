import { describe, expect, test } from '@jest/globals';
import { compareTrees } from './tree-comparison.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the comparison of two trees', () => {
  test('shows equal znodes, and counts no difference', () => {
    const tree = { '/a': base64(''), '/a/b': base64('x') };

    expect(compareTrees(tree, tree)).toEqual({
      lines: ['= /a', '= /a/b  x'],
      znodes: 2,
      differences: 0,
    });
  });

  test('names each way in which two trees differ', () => {
    const source = { '/a': base64('1'), '/b': base64('2'), '/d': null };
    const destination = { '/a': base64('one'), '/c': base64('3'), '/d': base64('') };

    expect(compareTrees(source, destination)).toEqual({
      lines: [
        '≠ /a  1 → one',
        '- /b  2 (source only)',
        '+ /c  3 (destination only)',
        '≠ /d  null →',
      ],
      znodes: 4,
      differences: 4,
    });
  });
});
