import { expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { runMirror } from './testing/run-mirror.ts';
import {
  MISSING,
  type ReadZnode,
  type TreeRead,
  type TreeReadResult,
  type TreeSink,
  type TreeSource,
} from '../tree/tree.ts';
import { DEFAULT_WALK_LIMITS } from './compare/walk.ts';

const ZNODES = 2_000;
const data = Buffer.alloc(64 * 1024);

/** Turns of the event loop; the fakes answer within one. */
const TURNS_UNTIL_STILL = 20;

/** Batches that may be on their way to the destination, and what was read while they filled up. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

function znodeAt(path: string): ReadZnode {
  const isRoot = path === '/test';
  const zxids = { changedZxid: 0n, dataZxid: 0n, createdZxid: 0n };
  return {
    kind: 'znode',
    data: isRoot ? null : data,
    ephemeral: false,
    childCount: isRoot ? ZNODES : 0,
    createdTimeMs: 1,
    dataVersion: 0,
    aclVersion: 0,
    creations: 0,
    ...zxids,
  };
}

function answer({ kind, path }: TreeRead): TreeReadResult {
  if (kind === 'znode') return znodeAt(path);
  return { kind, names: Array.from({ length: ZNODES }, (_, index) => `z${index}`) };
}

test('reads no more than it can hold while the destination takes nothing', async () => {
  let readBytes = 0;
  const source: TreeSource = {
    sync: () => Promise.resolve(0n),
    countBelow: () => Promise.resolve(ZNODES),
    read: (batch) => {
      readBytes += batch.filter(({ path }) => path !== '/test').length * data.length;
      return Promise.resolve(batch.map(answer));
    },
  };
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const sink: TreeSink = {
    sync: () => Promise.resolve(0n),
    maxBatchBytes: 512 * 1024,
    maxBatchWrites: 500,
    createAbove: () => Promise.resolve([]),
    read: (batch) => Promise.resolve(batch.map(() => MISSING)),
    write: async () => {
      await opened;
      return { kind: 'done', zxid: null };
    },
    writeLarge: () => Promise.resolve({ kind: 'unknown' }),
  };

  const mirrored = runMirror(source, sink, { verify: false, limits: DEFAULT_WALK_LIMITS });
  let seenBytes = -1;
  for (let still = 0; still < TURNS_UNTIL_STILL; still += 1) {
    if (seenBytes !== readBytes) still = 0;
    seenBytes = readBytes;
    await setImmediate();
  }

  expect(readBytes).toBeGreaterThan(0);
  expect(readBytes).toBeLessThan(MAX_HELD_BYTES);
  open();
  expect((await mirrored).record.created).toBe(ZNODES + 1);
});
