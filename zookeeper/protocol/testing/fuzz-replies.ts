import { inspect } from 'node:util';
import { ZooKeeperError } from '../../errors.ts';
import { integerFrom, oneOf, seededRandom } from '../../../testing/seeded-random.ts';
import { watchAllocations } from './allocations.ts';
import { goldenOperations } from './golden-operations.ts';
import { framed } from './golden-records.ts';
import { ReplyStream } from './reply-stream.ts';

export interface FuzzOptions {
  seed: number;
  rounds: number;
}

export interface FuzzReport {
  rounds: number;
  /** Replies that were accepted; damage may hit a value rather than the structure. */
  settled: number;
  /** Streams that ended in a ProtocolError. */
  refused: number;
  /** What must not be: other exceptions, requests that were forgotten, memory out of proportion. */
  problems: string[];
}

type Random = () => number;
type Damage = (bytes: Buffer, random: Random) => Buffer;

const wildInts = [-1, -2, -(2 ** 31), 2 ** 31 - 1, 2 ** 30, 2 ** 24, 65_536, 0, 1];

function place(random: Random, { length }: Buffer): number {
  return integerFrom(random, 0, Math.max(0, length - 1));
}

const damages: readonly Damage[] = [
  (bytes) => bytes,
  (bytes, random) => bytes.subarray(0, place(random, bytes)),
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    copy[place(random, bytes)] = integerFrom(random, 0, 255);
    return copy;
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const at = place(random, bytes);
    if (at + 4 <= copy.length) copy.writeInt32BE(oneOf(random, wildInts), at);
    return copy;
  },
  (bytes, random) => {
    const at = place(random, bytes);
    const noise = Buffer.from(Array.from({ length: 8 }, () => integerFrom(random, 0, 255)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = place(random, bytes);
    const end = at + integerFrom(random, 0, 16);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  },
  (_bytes, random) =>
    Buffer.from(Array.from({ length: integerFrom(random, 0, 200) }, () => random() * 256)),
];

/** Damage inside a frame keeps its length true, so that the damage reaches the records. */
function damagedFrame(replyHex: string, random: Random): Buffer {
  const payload = oneOf(random, damages)(Buffer.from(replyHex, 'hex'), random);
  return framed(payload.toString('hex'));
}

function chunksOf(stream: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  const maxBytes = oneOf(random, [1, 7, 100, 100_000]);
  for (let start = 0; start < stream.length;) {
    const end = start + integerFrom(random, 1, maxBytes);
    chunks.push(stream.subarray(start, end));
    start = end;
  }
  return chunks;
}

interface Round {
  stream: ReplyStream;
  chunks: Buffer[];
  byteCount: number;
  /** How often each request was settled. */
  settled: number[];
}

/** Requests that were sent, and a stream that answers them more or less. */
function prepare(random: Random): Round {
  const stream = new ReplyStream();
  const asked = Array.from({ length: integerFrom(random, 1, 6) }, () =>
    oneOf(random, goldenOperations),
  );
  const settled = asked.map(() => 0);
  for (const [index, operation] of asked.entries()) {
    const count = (): void => {
      settled[index] = (settled[index] ?? 0) + 1;
    };
    operation.enqueue(stream.queue).then(count, count);
  }
  stream.queue.takeSendable();
  const frames = asked.map(({ replyHex }, index) => {
    const numbered = (index + 1).toString(16).padStart(8, '0') + replyHex.slice(8);
    return random() < 0.5 ? framed(numbered) : damagedFrame(numbered, random);
  });
  const whole = Buffer.concat(frames);
  const bytes = random() < 0.3 ? oneOf(random, damages)(whole, random) : whole;
  return { stream, chunks: chunksOf(bytes, random), byteCount: bytes.length, settled };
}

/** Copies are in proportion to what arrived, but for slabs and the joining of chunks. */
function mayAllocate(byteCount: number): number {
  return 64 * 1024 + 4 * byteCount;
}

/** Feeds the round's bytes in; the largest single allocation, and what was thrown. */
function feed({ stream, chunks }: Round): { largestBytes: number; thrown: unknown } {
  let thrown: unknown;
  const largestBytes = watchAllocations(() => {
    try {
      for (const chunk of chunks) stream.push(chunk);
    } catch (error) {
      thrown = error;
    }
  });
  return { largestBytes, thrown };
}

function isProtocolError(thrown: unknown): boolean {
  return thrown instanceof ZooKeeperError && thrown.code === 'ProtocolError';
}

/**
 * Answers random requests with damaged replies: flipped, cut, lengthened, with impossible lengths
 * and counts, or plain noise, in pieces of random size.
 */
export async function fuzzReplies({ seed, rounds }: FuzzOptions): Promise<FuzzReport> {
  const random = seededRandom(seed);
  const report: FuzzReport = { rounds, settled: 0, refused: 0, problems: [] };
  for (let number = 0; number < rounds; number++) {
    const round = prepare(random);
    const { largestBytes, thrown } = feed(round);
    const complain = (problem: string): void => {
      report.problems.push(`round ${number}: ${problem}`);
    };
    if (thrown !== undefined) report.refused++;
    if (thrown !== undefined && !isProtocolError(thrown)) complain(`threw ${inspect(thrown)}`);
    if (largestBytes > mayAllocate(round.byteCount)) {
      complain(`allocated ${largestBytes} bytes for ${round.byteCount}`);
    }
    report.settled += round.stream.settledCount;
    round.stream.queue.failAll({ code: 'ConnectionLoss', message: 'the end of the round' });
    await new Promise((resolve) => setImmediate(resolve));
    if (round.settled.some((count) => count !== 1)) {
      complain(`settled ${round.settled.join(', ')} times`);
    }
  }
  return report;
}
