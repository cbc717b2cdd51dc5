/**
 * The bare loops of the topic `mirror`, at given rates: a copy, and then a walk through both sides,
 * as a mirror with verify does.
 *
 * Arguments: <source> <destination> <root> <bytes a znode> <znodes a second: copy> <… walk>
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { copyLoop, walkLoop, type Reads, type Writes } from '../mirror/contenders/loop.ts';

/** Lets so many a second go on, one after the other. */
class Pace {
  readonly #perMs: number;
  #dueMs = performance.now();
  #last: Promise<unknown> = Promise.resolve();

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000;
  }

  async turn(count: number): Promise<void> {
    const dueMs = Math.max(this.#dueMs, performance.now());
    this.#dueMs = dueMs + count / this.#perMs;
    this.#last = this.#last.then(() => delay(Math.max(0, dueMs - performance.now())));
    await this.#last;
  }
}

function reads(client: ZooKeeperClient, perSecond: number): Reads {
  const pace = new Pace(perSecond);
  return {
    multiRead: async (ops) => {
      await pace.turn(ops.length);
      return await client.multiRead(ops);
    },
  };
}

function writes(client: ZooKeeperClient, perSecond: number): Writes {
  const pace = new Pace(perSecond);
  return {
    multi: async (ops) => {
      await pace.turn(ops.length);
      return await client.multi(ops);
    },
  };
}

const [source = '', destination = '', root = '', bytes, copyRate, walkRate] = process.argv.slice(2);
const [from, to] = await Promise.all([
  connect({ servers: source }),
  connect({ servers: destination }),
]);
const options = { root, dataBytes: Number(bytes) };
await copyLoop(reads(from, Number(copyRate)), writes(to, Number(copyRate)), options);
await Promise.all([from, to].map((side) => walkLoop(reads(side, Number(walkRate)), options)));
await Promise.all([from.close(), to.close()]);
process.exit();
