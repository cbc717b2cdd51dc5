import { describe, expect, test } from '@jest/globals';
import { BoundedEvents } from './bounded-events.ts';
import type { ChangeEvent } from '../protocol/watches.ts';

function change(path: string): ChangeEvent {
  return { type: 'dataChanged', path, zxid: null };
}

function takeAll(events: BoundedEvents): string[] {
  const taken: string[] = [];
  for (let event = events.take(); event !== undefined; event = events.take()) {
    taken.push(event.type === 'resync' ? event.reason : event.path);
  }
  return taken;
}

describe('events that wait to be taken', () => {
  test('come out in the order in which they went in', () => {
    const events = new BoundedEvents(10);
    for (const path of ['/a', '/b', '/a']) events.push(change(path));
    expect(takeAll(events)).toEqual(['/a', '/b', '/a']);
    expect(events.take()).toBeUndefined();
  });

  test('beyond the limit become one resync, and what follows is kept again', () => {
    const events = new BoundedEvents(2);
    for (const path of ['/a', '/b', '/c', '/d']) events.push(change(path));
    expect(takeAll(events)).toEqual(['overflow', '/d']);
  });

  test('are pointless once everything is to be read again', () => {
    const events = new BoundedEvents(10);
    events.push(change('/a'));
    events.push({ type: 'resync', reason: 'reconnected' });
    events.push(change('/b'));
    expect(takeAll(events)).toEqual(['reconnected', '/b']);
  });

  test('pass by the thousands through a queue that is never empty', () => {
    const events = new BoundedEvents(10);
    const taken: string[] = [];
    events.push(change('/0'));
    for (let n = 1; n <= 5_000; n++) {
      events.push(change(`/${n}`));
      const event = events.take();
      if (event !== undefined && event.type !== 'resync') taken.push(event.path);
    }
    expect(taken).toEqual(Array.from({ length: 5_000 }, (_, n) => `/${n}`));
    expect(events.count).toBe(1);
  });
});
