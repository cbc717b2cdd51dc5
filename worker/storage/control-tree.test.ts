import { expect, test } from '@jest/globals';
import type { MemoAcls } from '../mirror/memo.ts';
import { decodeMemo, decodeWitnessNonce, encode, encodeMemo, witnessPath } from './control-tree.ts';

const totals = { znodes: 3, bytes: 1_000 };

const witness = {
  path: `/.resiliency-operator/witness-${'0a'.repeat(32)}`,
  ...{ czxid: '0x1', mzxid: '0xff', nonce: '0b'.repeat(16) },
};
const acls: MemoAcls = {
  ...{
    digestAlgorithm: null,
    scope: 'scope',
    sourceZxid: '0x1',
    destinationZxid: '0x2',
    source: 'a',
    destination: 'b',
  },
  witness,
  turn: 99,
};

test('a memo comes back as it was written', () => {
  const { memo, digests } = encodeMemo({ totals, acls });
  expect(decodeMemo(memo, digests)).toEqual({ totals, acls });
  const without = encodeMemo({ totals });
  expect(without.digests).toBeNull();
  expect(decodeMemo(without.memo, digests)).toEqual({ totals });
});

test('a memo says nothing of lists without the digests that belong to it', () => {
  const { memo } = encodeMemo({ totals, acls });
  const { digests } = encodeMemo({ totals, acls: { ...acls, source: 'other' } });
  expect(decodeMemo(memo, digests)).toEqual({ totals });
  expect(decodeMemo(memo, null)).toEqual({ totals });
});

test.each<Partial<MemoAcls>>([
  { witness: { ...witness, path: '/elsewhere' } },
  { witness: { ...witness, path: `${witness.path}/below` } },
  { witness: { ...witness, path: `/x${witness.path}` } },
  { witness: { ...witness, nonce: '' } },
  { witness: { ...witness, mzxid: '12' } },
  { turn: -1 },
  { turn: 0.5 },
  { sourceZxid: 'x' },
])('a memo with %j says nothing of lists', (broken) => {
  const { memo, digests } = encodeMemo({ totals, acls: { ...acls, ...broken } });
  expect(decodeMemo(memo, digests)).toEqual({ totals });
});

test('a memo of a version that knew no witness says nothing of lists', () => {
  const { scope, sourceZxid, destinationZxid, source, destination } = acls;
  const old = { scope, sourceZxid, destinationZxid, source, destination };
  const memo = Buffer.from(JSON.stringify({ version: 1, totals, acls: old }));
  expect(decodeMemo(memo, null)).toEqual({ totals });
});

test('a witness has its nonce only once a run has read everything', () => {
  const about = { root: '/test', copiedTo: 'b:2181/test' };
  const { nonce } = witness;
  expect(decodeWitnessNonce(encode({ nonce, ...about }))).toBe(nonce);
  expect(decodeWitnessNonce(encode({ nonce: '', ...about }))).toBeNull();
  expect(decodeWitnessNonce(null)).toBeNull();
});

test('a copy has a witness that no other copy has', () => {
  const copy = { root: '/test', copiedTo: 'b:2181/test', id: '7 1700000000000' };
  const others = [{ root: '/' }, { copiedTo: 'c:2181/test' }, { id: '7 1700000000001' }];
  const paths = [copy, ...others.map((other) => ({ ...copy, ...other }))].map(witnessPath);
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths[0]).toMatch(/^[/][.]resiliency-operator[/]witness-[0-9a-f]{64}$/);
});

test.each([
  { name: 'of another version', memo: { version: 2, totals } },
  { name: 'without totals', memo: { version: 1 } },
  { name: 'with broken totals', memo: { version: 1, totals: { znodes: '3', bytes: 1 } } },
  { name: 'with impossible totals', memo: { version: 1, totals: { znodes: -1, bytes: 1 } } },
  { name: 'that is a list', memo: [1] },
])('a memo $name is none', ({ memo }) => {
  expect(decodeMemo(Buffer.from(JSON.stringify(memo)), null)).toBeNull();
});

test.each([null, Buffer.alloc(0), Buffer.from('no JSON')])('%p is no memo', (data) => {
  expect(decodeMemo(data, null)).toBeNull();
});
