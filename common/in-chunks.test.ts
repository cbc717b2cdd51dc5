import { expect, test } from '@jest/globals';
import { inChunks } from './in-chunks.ts';

const never = new AbortController().signal;

/** Work that ends when the test says so. */
class Works {
  readonly begun: number[][] = [];
  readonly #ends: { resolve: () => void; reject: (error: Error) => void }[] = [];

  readonly do = (chunk: readonly number[]): Promise<void> => {
    this.begun.push([...chunk]);
    return new Promise((resolve, reject) => {
      this.#ends.push({ resolve, reject });
    });
  };

  end(index: number): void {
    this.#ends[index]?.resolve();
  }

  fail(index: number, error: Error): void {
    this.#ends[index]?.reject(error);
  }
}

function turns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test('works on so many items at a time, so many chunks at once, in order', async () => {
  const works = new Works();
  const done = inChunks([1, 2, 3, 4, 5], { size: 2, inFlight: 2, signal: never }, works.do);
  await turns();
  expect(works.begun).toEqual([
    [1, 2],
    [3, 4],
  ]);
  works.end(1);
  await turns();
  expect(works.begun.at(-1)).toEqual([5]);
  works.end(0);
  works.end(2);
  await done;
});

test('starts nothing more after a failure, and rejects once what was on its way has ended', async () => {
  const works = new Works();
  let settled = false;
  const done = inChunks([1, 2, 3, 4], { size: 1, inFlight: 2, signal: never }, works.do);
  done
    .catch(() => undefined)
    .finally(() => {
      settled = true;
    });
  await turns();
  works.fail(1, new Error('lost'));
  await turns();
  expect(settled).toBe(false);
  works.end(0);
  await expect(done).rejects.toThrow('lost');
  expect(works.begun).toEqual([[1], [2]]);
});

test('rejects with the first failure, whatever fails after it', async () => {
  const works = new Works();
  const done = inChunks([1, 2], { size: 1, inFlight: 2, signal: never }, works.do);
  await turns();
  works.fail(1, new Error('first'));
  await turns();
  works.fail(0, new Error('second'));
  await expect(done).rejects.toThrow('first');
});

test('starts nothing more once it was told to stop', async () => {
  const works = new Works();
  const stop = new AbortController();
  const { signal } = stop;
  const done = inChunks([1, 2, 3], { size: 1, inFlight: 1, signal }, works.do);
  await turns();
  stop.abort(new Error('stopped'));
  works.end(0);
  await expect(done).rejects.toThrow('stopped');
  expect(works.begun).toEqual([[1]]);
});

test('takes what throws at once, and items that cannot be read, for failures too', async () => {
  const works = new Works();
  function* broken(): Iterable<number> {
    yield 1;
    throw new Error('unreadable');
  }
  const done = inChunks(broken(), { size: 1, inFlight: 2, signal: never }, works.do);
  await turns();
  works.end(0);
  await expect(done).rejects.toThrow('unreadable');
  const throwing = inChunks([1], { size: 1, inFlight: 1, signal: never }, () => {
    throw new Error('at once');
  });
  await expect(throwing).rejects.toThrow('at once');
});
