import { expect, test } from '@jest/globals';
import { decodeMemo, encode } from './control-tree.ts';

const totals = { znodes: 3, bytes: 1_000 };

test('a memo comes back as it was written', () => {
  expect(decodeMemo(encode({ version: 1, totals }))).toEqual({ totals });
});

test.each([
  { name: 'of another version', memo: { version: 2, totals } },
  { name: 'without totals', memo: { version: 1 } },
  { name: 'with broken totals', memo: { version: 1, totals: { znodes: '3', bytes: 1 } } },
  { name: 'with impossible totals', memo: { version: 1, totals: { znodes: -1, bytes: 1 } } },
  { name: 'that is a list', memo: [1] },
])('a memo $name is none', ({ memo }) => {
  expect(decodeMemo(Buffer.from(JSON.stringify(memo)))).toBeNull();
});

test.each([null, Buffer.alloc(0), Buffer.from('no JSON')])('%p is no memo', (data) => {
  expect(decodeMemo(data)).toBeNull();
});
