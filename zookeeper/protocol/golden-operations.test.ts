import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ZooKeeperError } from '../errors.ts';
import { errorOf } from '../testing/index.ts';
import { opcodes } from './operation.ts';
import { goldenOperations, type GoldenOperation } from './testing/golden-operations.ts';
import { framed, plain } from './testing/golden-records.ts';
import { ReplyStream } from './testing/reply-stream.ts';

/** A request that was sent, and the promise of its reply. */
function asked(operation: GoldenOperation): { stream: ReplyStream; reply: Promise<unknown> } {
  const stream = new ReplyStream();
  const reply = operation.enqueue(stream.queue);
  stream.queue.takeSendable();
  return { stream, reply };
}

async function replyOf(operation: GoldenOperation, chunks: readonly Buffer[]): Promise<unknown> {
  const { stream, reply } = asked(operation);
  for (const chunk of chunks) stream.push(chunk);
  return plain(await reply);
}

describe.each(goldenOperations.map((operation) => ({ name: operation.name, operation })))(
  '$name',
  ({ operation }) => {
    const answer = framed(operation.replyHex);

    test('is asked in these bytes', () => {
      const stream = new ReplyStream();
      void operation.enqueue(stream.queue);
      const sent = Buffer.concat(stream.queue.takeSendable());
      expect(sent.toString('hex')).toBe(framed(operation.requestHex).toString('hex'));
    });

    test('is answered in these bytes', async () => {
      expect(await replyOf(operation, [answer])).toEqual(operation.reply);
    });

    test('is understood when every byte of the answer arrives alone', async () => {
      const chunks = [...answer].map((byte) => Buffer.from([byte]));
      expect(await replyOf(operation, chunks)).toEqual(operation.reply);
    });

    test('is understood when the answer is split in two, wherever that is', async () => {
      const misunderstood: number[] = [];
      for (let cut = 1; cut < answer.length; cut++) {
        const chunks = [answer.subarray(0, cut), answer.subarray(cut)];
        const reply = await replyOf(operation, chunks);
        if (!isDeepStrictEqual(reply, operation.reply)) misunderstood.push(cut);
      }
      expect(misunderstood).toEqual([]);
    });

    test('is a ProtocolError when its frame ends early, wherever that is', async () => {
      const accepted: number[] = [];
      for (let end = shortest(operation); end < operation.replyHex.length; end += 2) {
        const { stream, reply } = asked(operation);
        const failed = errorOf(reply, ZooKeeperError);
        const thrown = thrownBy(() => {
          stream.push(framed(operation.replyHex.slice(0, end)));
        });
        const codes = [thrown?.code, (await failed).code];
        if (codes.some((code) => code !== 'ProtocolError')) accepted.push(end / 2);
      }
      expect(accepted).toEqual([]);
    });
  },
);

/** Digits of what must be there: the header, and nothing more where the body is not read. */
function shortest({ isBodyIgnored, replyHex }: GoldenOperation): number {
  return isBodyIgnored ? replyHex.length : 2 * 16;
}

function thrownBy(work: () => void): ZooKeeperError | null {
  try {
    work();
    return null;
  } catch (error) {
    return error as ZooKeeperError;
  }
}

test('ten thousand answers of one chunk reach their requests in order', async () => {
  const stream = new ReplyStream();
  const count = 10_000;
  const operation = goldenOperations.find(({ name }) => name === 'getAllChildrenNumber')!;
  const replies = Array.from({ length: count }, () => operation.enqueue(stream.queue));
  stream.queue.takeSendable();
  const answers = replies.map((_, index) => {
    const answer = framed(operation.replyHex);
    answer.writeInt32BE(index + 1, 4);
    answer.writeInt32BE(index, answer.length - 4);
    return answer;
  });
  stream.push(Buffer.concat(answers));
  expect(await Promise.all(replies)).toEqual(answers.map((_, index) => index));
});

test('every request that the client can make is written down', () => {
  // Those of the handshake and of a multi's steps are written down elsewhere.
  const elsewhere = new Set(['ping', 'auth', 'sasl', 'setWatches', 'setWatches2', 'check']);
  const ordinary = Object.entries(opcodes).filter(([name]) => !elsewhere.has(name));
  const golden = new Set(goldenOperations.map(({ opcode }) => opcode));
  // The older listing is only used inside a multiRead.
  const missing = ordinary.filter(([, opcode]) => !golden.has(opcode)).map(([name]) => name);
  expect(missing).toEqual(['getChildren']);
});
