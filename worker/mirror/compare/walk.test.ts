import { expect, test } from '@jest/globals';
import type { TreeRead, TreeReader, TreeReadResult } from '../../tree/tree.ts';
import { DEFAULT_WALK_LIMITS, seedOf, walk, type WalkVisitor } from './walk.ts';

const CHILDREN = Array.from({ length: 40 }, (_, index) => `n${index}`);

function znode(childCount: number): TreeReadResult {
  return {
    ...{ kind: 'znode', data: null, ephemeral: false, childCount, createdTimeMs: 0 },
    ...{ changedZxid: 1n, dataZxid: 1n, createdZxid: 1n },
    ...{ creations: childCount, dataVersion: 0, aclVersion: 0 },
  };
}

/** A root with 40 children, whose batches are answered together. */
class AnsweredTogether implements TreeReader {
  #waiting: (() => void)[] = [];

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    if (batch[0]?.kind === 'children') return [{ kind: 'children', names: CHILDREN }];
    if (batch[0]?.path === '/') return [znode(CHILDREN.length)];
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length > 1) return;
      setImmediate(() => {
        for (const answer of this.#waiting.splice(0)) answer();
      });
    });
    return batch.map(() => znode(0));
  }
}

test.each(CHILDREN)('a walk fails where its visitor does, at whichever znode: %s', async (name) => {
  const source = new AnsweredTogether();
  const visitor: WalkVisitor = {
    compared: ({ path }) => {
      if (path === `/${name}`) throw new Error('no room');
    },
    excluded: () => undefined,
    unnameable: () => undefined,
    unlistable: () => undefined,
    ready: () => null,
  };
  const destination: TreeReader = {
    read: (batch) => Promise.resolve(batch.map(() => ({ kind: 'missing' as const }))),
  };
  const walking = walk({
    source,
    destination,
    seeds: [seedOf('/')],
    descend: 'all',
    keepDestinationOnly: false,
    excluded: null,
    visitor,
    signal: new AbortController().signal,
    limits: { ...DEFAULT_WALK_LIMITS, maxOps: 4 },
  });
  await expect(walking).rejects.toThrow('no room');
});
