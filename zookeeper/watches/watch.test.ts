import { describe, expect, test } from '@jest/globals';
import { Watch } from './watch.ts';

const done = { done: true, value: undefined };

function watchOf(onClose: () => void = () => undefined): Watch {
  return new Watch({ maxQueuedEvents: 10, signal: undefined, onClose });
}

function push(watch: Watch, path: string): void {
  watch.push({ type: 'dataChanged', path, zxid: null });
}

describe('a watch that was closed', () => {
  test('tells nothing any more, not even what was waiting', async () => {
    const watch = watchOf();
    push(watch, '/a');
    watch.close();
    push(watch, '/b');
    expect(await watch.next()).toEqual(done);
    expect(await watch.next()).toEqual(done);
  });

  test('by leaving its loop stays closed', async () => {
    const watch = watchOf();
    push(watch, '/a');
    push(watch, '/b');
    for await (const event of watch) {
      expect(event).toMatchObject({ path: '/a' });
      break;
    }
    expect(await watch.next()).toEqual(done);
  });

  test('lets go everyone who waits, and leaves the server once', async () => {
    let closes = 0;
    const watch = watchOf(() => closes++);
    const waiting = [watch.next(), watch.next()];
    watch.close();
    watch.close();
    expect(await Promise.all(waiting)).toEqual([done, done]);
    expect(closes).toBe(1);
  });
});
