import { describe, expect, test } from '@jest/globals';
import { ZooKeeperError } from '../errors.ts';
import { bytes, errorOf, statRecord } from '../testing/index.ts';
import { testSeed } from '../../testing/seeded-random.ts';
import { watchAllocations } from './testing/allocations.ts';
import { fuzzReplies } from './testing/fuzz-replies.ts';
import { goldenOperations } from './testing/golden-operations.ts';
import { ReplyStream } from './testing/reply-stream.ts';

const ROUNDS = 3_000;

test('damaged replies end in a value or a ProtocolError, each request settled once', async () => {
  const seed = testSeed();
  const { problems, settled, refused } = await fuzzReplies({ seed, rounds: ROUNDS });
  expect({ seed, problems }).toEqual({ seed, problems: [] });
  // Neither may everything be accepted nor everything be refused, or nothing was tested.
  expect(settled).toBeGreaterThan(ROUNDS);
  expect(refused).toBeGreaterThan(ROUNDS / 4);
});

const claims = [2 ** 31 - 1, 2 ** 30, 2 ** 24, 1_000, -2, -(2 ** 31)];
const stat = statRecord();
const headerOf = (type: number): Buffer => bytes().int(type).bool(false).int(0).build();

/** Replies of which only the beginning is there, up to a length or a count. */
const beginnings: readonly { name: string; operation: string; before: Buffer }[] = [
  { name: 'data', operation: 'getData', before: Buffer.alloc(0) },
  { name: 'a path', operation: 'create', before: Buffer.alloc(0) },
  { name: 'names', operation: 'getChildren2', before: Buffer.alloc(0) },
  { name: 'a name', operation: 'getChildren2', before: bytes().int(1).build() },
  { name: 'paths', operation: 'getEphemerals', before: Buffer.alloc(0) },
  { name: 'entries of an ACL', operation: 'getACL', before: Buffer.alloc(0) },
  { name: 'a scheme', operation: 'getACL', before: bytes().int(1).int(31).build() },
  { name: 'identities', operation: 'whoAmI', before: Buffer.alloc(0) },
  { name: 'a path in a multi', operation: 'multi of every kind of step', before: headerOf(1) },
  { name: 'data in a multiRead', operation: 'multiRead of nothing', before: headerOf(4) },
  { name: 'names in a multiRead', operation: 'multiRead of nothing', before: headerOf(8) },
];

describe('a claim is not believed before the bytes are there', () => {
  const lines = beginnings.flatMap((line) => claims.map((claim) => ({ ...line, claim })));

  test.each(lines)('$claim for $name', async ({ operation, before, claim }) => {
    const stream = new ReplyStream();
    const asked = goldenOperations.find(({ name }) => name === operation)!;
    const failed = errorOf(asked.enqueue(stream.queue), ZooKeeperError);
    stream.queue.takeSendable();
    const frame = bytes().int(1).long(1n).int(0).raw(before).int(claim).raw(stat).frame();
    const largestBytes = watchAllocations(() => {
      expect(() => {
        stream.push(frame);
      }).toThrow(expect.objectContaining({ code: 'ProtocolError' }));
    });
    expect(largestBytes).toBeLessThan(64 * 1024);
    expect(await failed).toMatchObject({ code: 'ProtocolError' });
  });

  test('a frame that is announced takes no memory before it comes', () => {
    const stream = new ReplyStream();
    const largestBytes = watchAllocations(() => {
      stream.push(bytes().int(100_000_000).build());
      for (let round = 0; round < 1_000; round++) stream.push(Buffer.from('x'));
    });
    expect(largestBytes).toBeLessThan(64 * 1024);
  });
});
