import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ZooKeeperError, type ReadOp, type ZooKeeperClient } from '../../../zookeeper/index.ts';
import { RequestLimit } from '../request-limit.ts';
import type { ThrottleValve } from '../throttling/throttle-valve.ts';
import { ReadRequests, splitReads, wentDown } from './read-requests.ts';

const getData = (path: string): ReadOp => ({ type: 'getData', path });
/** As it goes over the wire. */
const bytesOf = (part: readonly ReadOp[]): number =>
  part.reduce((bytes, { path }) => bytes + 14 + Buffer.byteLength(path), 17);

/** A server whose answers to questions have so many bytes each; what was asked of it. */
function readsOf(bytesEach: number) {
  const asked: number[] = [];
  const client = {
    connectionCount: 1,
    multiRead: (ops: readonly ReadOp[], { maxReplyBytes = Infinity }) => {
      asked.push(ops.length);
      const replyBytes = ops.length * bytesEach;
      return replyBytes > maxReplyBytes
        ? Promise.reject(new ZooKeeperError('ReplyTooLarge', 'too large', { replyBytes }))
        : Promise.resolve({
            results: ops.map(({ path }) => ({
              type: 'getData',
              path,
              data: { length: bytesEach },
            })),
          });
    },
  };
  const valve = { pass: (_: unknown, call: () => unknown) => call() };
  const requests = new ReadRequests(
    client as unknown as ZooKeeperClient,
    valve as unknown as ThrottleValve,
    new RequestLimit(),
  );
  return { asked, requests };
}

const ops = Array.from({ length: 256 }, (_, index) => getData(`/n${index}`));

test('of what is too large for memory the first is answered, and the next requests ask for less', async () => {
  const { asked, requests } = readsOf(1_048_576);
  expect(await requests.read(ops)).toMatchObject(ops.slice(0, 8).map(({ path }) => ({ path })));
  expect(asked).toEqual([256, 8]);
  expect(await requests.read(ops.slice(8))).toHaveLength(8);
  expect(asked).toEqual([256, 8, 8]);
});

test('one znode is read that is larger than a batch may be', async () => {
  const { requests } = readsOf(100_000_000);
  expect(await requests.read(ops)).toHaveLength(1);
});

test('what is larger than a worker holds at once rejects, by its path', async () => {
  const { requests } = readsOf(200_000_000);
  await expect(requests.read(ops)).rejects.toMatchObject({ code: 'ReplyTooLarge', path: '/n0' });
});

test('a connection that was dropped for a long reply says nothing of requests', () => {
  const cause = new ZooKeeperError('ReplyTooLarge', 'too large');
  expect(wentDown(new ZooKeeperError('ConnectionLoss', 'lost', { cause }))).toBe(false);
  expect(wentDown(new ZooKeeperError('ConnectionLoss', 'lost'))).toBe(true);
  expect(wentDown(cause)).toBe(false);
});

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
