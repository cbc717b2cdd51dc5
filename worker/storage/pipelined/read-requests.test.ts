import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReadOp } from '../../../zookeeper/index.ts';
import { splitReads } from './read-requests.ts';

const getData = (path: string): ReadOp => ({ type: 'getData', path });
/** As it goes over the wire. */
const bytesOf = (part: readonly ReadOp[]): number =>
  part.reduce((bytes, { path }) => bytes + 14 + Buffer.byteLength(path), 17);

test('what fits into one request is one', () => {
  const ops = Array.from({ length: 256 }, (_, index) => getData(`/n${index}`));
  expect(splitReads(ops, 1_048_575)).toEqual([ops]);
});

test('what does not is split into requests that fit, in order; a single read is never left out', () => {
  const path = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' });
  const split = (paths: string[], maxBytes: number) => {
    const ops = paths.map(getData);
    const parts = splitReads(ops, maxBytes);
    expect(parts.flat()).toEqual(ops);
    for (const part of parts) {
      expect(part.length).toBeGreaterThan(0);
      if (part.length > 1) expect(bytesOf(part)).toBeLessThanOrEqual(maxBytes);
    }
  };
  fc.assert(fc.property(fc.array(path), fc.integer({ min: 20, max: 1_000 }), split));
});
