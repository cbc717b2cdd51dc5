import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ZooKeeperError } from '../errors.ts';
import { JuteReader } from '../protocol/jute-reader.ts';
import * as operations from '../protocol/operations.ts';
import { ReplyHeader } from '../protocol/records.ts';
import { RequestQueue, type RequestQueueLimits } from './request-queue.ts';
import { bytes, statRecord } from '../testing/index.ts';
import { collectGarbage } from '../../testing/collect-garbage.ts';

const defaultLimits = {
  maxInFlightRequests: 1_000,
  maxInFlightBytes: 1_000_000,
  maxPacketBytes: 1_000,
};

function queueWith(limits: Partial<RequestQueueLimits> = {}): RequestQueue {
  return new RequestQueue({ ...defaultLimits, ...limits });
}

function settle(queue: RequestQueue, xid: number, error = 0, body: Buffer = Buffer.alloc(0)): void {
  const header = bytes().int(xid).long(1n).int(error).build();
  queue.settleNext(new ReplyHeader().read(new JuteReader(header)), new JuteReader(body));
}

function remove(queue: RequestQueue, path: string): Promise<void> {
  return queue.enqueue(operations.deleteNode, { path, version: -1 }, path);
}

function xidsOf(parts: Buffer[]): number[] {
  const stream = Buffer.concat(parts);
  const xids: number[] = [];
  for (let offset = 0; offset < stream.length; offset += 4 + stream.readInt32BE(offset)) {
    xids.push(stream.readInt32BE(offset + 4));
  }
  return xids;
}

async function errorOf(promise: Promise<unknown>): Promise<ZooKeeperError> {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (error instanceof ZooKeeperError) return error;
  throw new Error(`expected a ZooKeeperError, got ${String(error)}`);
}

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort();
    },
  };
}

const lost = { code: 'ConnectionLoss', message: 'gone' } as const;

describe('request queue', () => {
  test('numbers requests from 1 and hands out their bytes in the order of the calls', async () => {
    const queue = queueWith();
    const replies = [remove(queue, '/a'), remove(queue, '/b')];
    expect(xidsOf(queue.takeSendable())).toEqual([1, 2]);
    expect(queue.takeSendable()).toEqual([]);
    settle(queue, 1);
    settle(queue, 2);
    await expect(Promise.all(replies)).resolves.toEqual([undefined, undefined]);
  });

  test('begins again at 1 after the largest number, never 0 or negative', async () => {
    const queue = new RequestQueue(defaultLimits, 2 ** 31 - 3);
    const replies = ['/a', '/b', '/c', '/d'].map((path) => remove(queue, path));
    const xids = [2 ** 31 - 2, 2 ** 31 - 1, 1, 2];
    expect(xidsOf(queue.takeSendable())).toEqual(xids);
    for (const xid of xids) settle(queue, xid);
    await expect(Promise.all(replies)).resolves.toHaveLength(4);
  });

  test('tells sent from unsent across that point', async () => {
    const queue = new RequestQueue({ ...defaultLimits, maxInFlightRequests: 2 }, 2 ** 31 - 2);
    const { signal, abort } = abortable();
    const replies = ['/a', '/b', '/c', '/d'].map((path) =>
      errorOf(queue.enqueue(operations.deleteNode, { path, version: -1 }, path, signal)),
    );
    expect(xidsOf(queue.takeSendable())).toEqual([2 ** 31 - 1, 1]);
    abort();
    const errors = await Promise.all(replies);
    expect(errors.map((error) => error.isOutcomeUnknown)).toEqual([true, true, false, false]);
  });

  test('refuses a reply whose number is not that of the oldest request', () => {
    const queue = queueWith();
    void remove(queue, '/a');
    void remove(queue, '/b');
    queue.takeSendable();
    expect(() => {
      settle(queue, 2);
    }).toThrow('reply with xid 2, expected xid 1');
    expect(queue.inFlightCount).toBe(2);
  });

  test('refuses a reply to a request that was not sent', () => {
    const queue = queueWith();
    void remove(queue, '/a');
    expect(() => {
      settle(queue, 1);
    }).toThrow('reply with xid 1, expected none');
  });

  test('rejects with the code, the operation and the path when the server refuses', async () => {
    const queue = queueWith();
    const reply = remove(queue, '/a');
    queue.takeSendable();
    settle(queue, 1, -111);
    expect(await errorOf(reply)).toMatchObject({
      code: 'NotEmpty',
      serverCode: -111,
      operation: 'delete',
      path: '/a',
      isOutcomeUnknown: false,
    });
  });

  test('keeps the number of an error it has no name for', async () => {
    const queue = queueWith();
    const reply = remove(queue, '/a');
    queue.takeSendable();
    settle(queue, 1, -9999);
    expect(await errorOf(reply)).toMatchObject({ code: 'Unknown', serverCode: -9999 });
  });

  test('takes a missing znode as an answer of exists', async () => {
    const queue = queueWith();
    const reply = queue.enqueue(operations.exists, '/a', '/a');
    queue.takeSendable();
    settle(queue, 1, -101);
    await expect(reply).resolves.toBeNull();
  });

  test('says of lost writes that they may have happened, of lost reads never', async () => {
    const queue = queueWith();
    const write = remove(queue, '/a');
    const read = queue.enqueue(operations.getData, '/b', '/b');
    queue.takeSendable();
    queue.failSent(lost);
    expect(await errorOf(write)).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: true });
    expect(await errorOf(read)).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: false });
  });

  test('keeps what was not sent for the next connection, bytes and order unchanged', async () => {
    const queue = queueWith({ maxInFlightRequests: 1 });
    const replies = ['/a', '/b', '/c'].map((path) => remove(queue, path));
    expect(xidsOf(queue.takeSendable())).toEqual([1]);
    queue.failSent(lost);
    await errorOf(replies[0]!);
    expect(xidsOf(queue.takeSendable())).toEqual([2]);
    settle(queue, 2);
    expect(xidsOf(queue.takeSendable())).toEqual([3]);
    settle(queue, 3);
    await expect(Promise.all(replies.slice(1))).resolves.toHaveLength(2);
  });

  test('says of writes that were given up unsent that they did not happen', async () => {
    const queue = queueWith({ maxInFlightRequests: 1 });
    const replies = ['/a', '/b'].map((path) => remove(queue, path));
    queue.takeSendable();
    queue.failAll({ code: 'SessionExpired', message: 'over' });
    expect(await errorOf(replies[0]!)).toMatchObject({ isOutcomeUnknown: true });
    expect(await errorOf(replies[1]!)).toMatchObject({ isOutcomeUnknown: false });
    expect(queue.takeSendable()).toEqual([]);
  });

  test('sends no more than the limit of bytes, but always one request', () => {
    const queue = queueWith({ maxInFlightBytes: 50 });
    const data = Buffer.alloc(100);
    for (const path of ['/a', '/b']) {
      void queue.enqueue(operations.setData, { path, data, version: -1 }, path);
    }
    expect(xidsOf(queue.takeSendable())).toEqual([1]);
    expect(queue.takeSendable()).toEqual([]);
    settle(queue, 1, 0, statRecord());
    expect(xidsOf(queue.takeSendable())).toEqual([2]);
  });

  test('refuses a request above the packet limit and leaves no trace of it', async () => {
    const queue = queueWith({ maxPacketBytes: 100 });
    const data = Buffer.alloc(100);
    const tooLarge = queue.enqueue(operations.setData, { path: '/a', data, version: -1 }, '/a');
    const next = remove(queue, '/b');
    expect(await errorOf(tooLarge)).toMatchObject({
      code: 'PacketTooLarge',
      operation: 'setData',
      path: '/a',
      isOutcomeUnknown: false,
    });
    expect(xidsOf(queue.takeSendable())).toEqual([1]);
    settle(queue, 1);
    await next;
  });

  test('reports an unreadable reply and throws, because no later one can be trusted', async () => {
    const queue = queueWith();
    const reply = queue.enqueue(operations.getData, '/a', '/a');
    queue.takeSendable();
    expect(() => {
      settle(queue, 1, 0, Buffer.alloc(3));
    }).toThrow(expect.objectContaining({ code: 'ProtocolError' }));
    expect(await errorOf(reply)).toMatchObject({ code: 'ProtocolError', path: '/a' });
  });

  test('gives the next request up when its reply is larger than it allows, and only that one', async () => {
    const queue = queueWith();
    const limited = { ...operations.getData, maxReplyBytes: 100_000 };
    const small = queue.enqueue(limited, '/a', '/a');
    const large = queue.enqueue(limited, '/b', '/b');
    queue.takeSendable();
    queue.checkReplyBytes(100_000);
    settle(queue, 1, 0, bytes().string('data').raw(statRecord()).build());
    await small;
    expect(() => {
      queue.checkReplyBytes(100_001);
    }).toThrow(expect.objectContaining({ code: 'ReplyTooLarge' }));
    expect(await errorOf(large)).toMatchObject({ code: 'ReplyTooLarge', path: '/b' });
    expect(queue.inFlightCount).toBe(0);
  });

  test('is saturated while a second window waits, and says when that is over', async () => {
    const queue = queueWith({ maxInFlightRequests: 2 });
    for (const path of ['/1', '/2', '/3', '/4']) void remove(queue, path);
    queue.takeSendable();
    expect(queue.isSaturated).toBe(true);
    const drained = queue.drained();
    settle(queue, 1);
    queue.takeSendable();
    await drained;
    expect(queue.isSaturated).toBe(false);
  });

  test('settles every promise exactly once, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('enqueue') },
      { weight: 2, arbitrary: fc.constant('send') },
      { weight: 3, arbitrary: fc.constant('reply') },
      { weight: 1, arbitrary: fc.constant('lose') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 400 }), async (steps) => {
        const queue = queueWith({ maxInFlightRequests: 5 });
        const outcomes: Promise<string>[] = [];
        const inFlight: number[] = [];
        let settled = 0;
        const actions: Record<string, () => void> = {
          enqueue: () => {
            const count = (outcome: string) => () => (settled++, outcome);
            outcomes.push(remove(queue, '/a').then(count('done'), count('lost')));
          },
          send: () => inFlight.push(...xidsOf(queue.takeSendable())),
          reply: () => {
            const xid = inFlight.shift();
            if (xid !== undefined) settle(queue, xid);
          },
          lose: () => {
            queue.failSent(lost);
            inFlight.length = 0;
          },
        };
        for (const name of steps) actions[name]?.();
        queue.failAll(lost);
        await Promise.all(outcomes);
        expect(settled).toBe(outcomes.length);
        expect([queue.inFlightCount, queue.unsentCount, queue.unsentBytes]).toEqual([0, 0, 0]);
      }),
    );
  });

  test('holds no reply any more once it is delivered, though later ones are outstanding', async () => {
    const queue = queueWith();
    const replies = ['/a', '/b'].map((path) => queue.enqueue(operations.getData, path, path));
    queue.takeSendable();
    settle(queue, 1, 0, bytes().buffer(Buffer.alloc(8)).raw(statRecord()).build());
    const reply = new WeakRef((await replies.shift())!);
    // A WeakRef holds on until the end of the turn in which it was made.
    await setImmediate();
    await collectGarbage();
    expect(reply.deref()).toBeUndefined();
    expect(queue.inFlightCount).toBe(1);
  });

  test('goes on correctly through thousands of requests', async () => {
    const queue = queueWith({ maxInFlightRequests: 100 });
    const replies = Array.from({ length: 5_000 }, (_, n) => remove(queue, `/${n}`));
    for (let next = 1; next <= 5_000;) {
      for (const xid of xidsOf(queue.takeSendable())) {
        expect(xid).toBe(next++);
        settle(queue, xid);
      }
    }
    await expect(Promise.all(replies)).resolves.toHaveLength(5_000);
  });
});

describe('a request whose signal aborts', () => {
  const aborted = { code: 'Aborted', operation: 'delete', path: '/b' } as const;

  function removeAbortably(queue: RequestQueue, path: string, signal: AbortSignal): Promise<void> {
    return queue.enqueue(operations.deleteNode, { path, version: -1 }, path, signal);
  }

  test('is not queued when that had happened before', async () => {
    const queue = queueWith();
    const error = await errorOf(removeAbortably(queue, '/b', AbortSignal.abort()));
    expect(error).toMatchObject({ ...aborted, isOutcomeUnknown: false });
    expect(queue.unsentCount).toBe(0);
  });

  test('is never sent when it still waits; the others keep their order and bytes', async () => {
    const queue = queueWith();
    const controller = new AbortController();
    const first = remove(queue, '/a');
    const error = errorOf(removeAbortably(queue, '/b', controller.signal));
    const third = remove(queue, '/c');
    controller.abort();
    expect(await error).toMatchObject({ ...aborted, isOutcomeUnknown: false });
    expect(xidsOf(queue.takeSendable())).toEqual([1, 3]);
    settle(queue, 1);
    settle(queue, 3);
    await expect(Promise.all([first, third])).resolves.toEqual([undefined, undefined]);
    expect(queue.unsentBytes).toBe(0);
  });

  test('may have taken effect when it was sent; its reply is consumed all the same', async () => {
    const queue = queueWith();
    const controller = new AbortController();
    const error = errorOf(removeAbortably(queue, '/b', controller.signal));
    const next = remove(queue, '/c');
    queue.takeSendable();
    controller.abort();
    expect(await error).toMatchObject({ ...aborted, isOutcomeUnknown: true });
    settle(queue, 1);
    settle(queue, 2);
    await expect(next).resolves.toBeUndefined();
  });

  test('is settled once: an abort after the reply changes nothing', async () => {
    const queue = queueWith();
    const controller = new AbortController();
    const reply = removeAbortably(queue, '/b', controller.signal);
    queue.takeSendable();
    settle(queue, 1);
    controller.abort();
    await expect(reply).resolves.toBeUndefined();
  });

  test('among many on one signal leaves exactly those without it', async () => {
    const queue = queueWith({ maxInFlightRequests: 10 });
    const controller = new AbortController();
    const settled: string[] = [];
    const requests = Array.from({ length: 1_000 }, (_, n) => {
      const path = `/n${n}`;
      const request =
        n % 3 === 0 ? remove(queue, path) : removeAbortably(queue, path, controller.signal);
      return request.then(
        () => settled.push('done'),
        (error: ZooKeeperError) => settled.push(error.isOutcomeUnknown ? 'unknown' : 'unsent'),
      );
    });
    const sent = xidsOf(queue.takeSendable());
    controller.abort();
    for (let inFlight = sent; inFlight.length > 0; inFlight = xidsOf(queue.takeSendable())) {
      for (const xid of inFlight) settle(queue, xid);
    }
    await Promise.all(requests);
    const count = (outcome: string): number => settled.filter((one) => one === outcome).length;
    expect([count('done'), count('unknown'), count('unsent')]).toEqual([334, 6, 660]);
  });
});
