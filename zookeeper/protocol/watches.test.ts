import { describe, expect, test } from '@jest/globals';
import { bytes } from '../testing/index.ts';
import { JuteReader } from './jute-reader.ts';
import { JuteWriter } from './jute-writer.ts';
import {
  addWatch,
  readChangeEvent,
  removeWatches,
  splitWatchedPaths,
  writeSetWatches,
  type WatchedPaths,
} from './watches.ts';

const none: WatchedPaths = { data: [], exists: [], children: [], persistent: [], recursive: [] };

function written(write: (writer: JuteWriter) => void): Buffer {
  const writer = new JuteWriter();
  write(writer);
  return writer.takeAll();
}

function record(write: (writer: JuteWriter) => void): Buffer {
  return written((writer) => {
    writer.beginFrame();
    write(writer);
    writer.endFrame();
  }).subarray(4);
}

function event(type: number, zxid: bigint) {
  const body = bytes().int(type).int(3).string('/a').build();
  return readChangeEvent(new JuteReader(body), zxid);
}

describe('a notification', () => {
  test.each([
    [1, 'created'],
    [2, 'deleted'],
    [3, 'dataChanged'],
    [4, 'childrenChanged'],
  ])('of type %i says %s', (number, type) => {
    expect(event(number, 9n)).toEqual({ type, path: '/a', zxid: 9n });
  });

  test('carries no zxid from servers before 3.9', () => {
    expect(event(3, -1n)?.zxid).toBeNull();
  });

  test('of another type is about no znode', () => {
    expect(event(-1, -1n)).toBeNull();
    expect(event(7, -1n)).toBeNull();
  });
});

describe('requests about watches', () => {
  test('are written as the protocol says', () => {
    const plain = record((writer) => {
      addWatch.write(writer, { path: '/a', mode: 'persistent' });
    });
    const recursive = record((writer) => {
      addWatch.write(writer, { path: '/a', mode: 'recursive' });
    });
    const removal = record((writer) => {
      removeWatches.write(writer, '/a');
    });
    expect(plain).toEqual(bytes().string('/a').int(0).build());
    expect(recursive).toEqual(bytes().string('/a').int(1).build());
    expect(removal).toEqual(bytes().string('/a').int(3).build());
  });

  test('arm one-shot watches again in the form that every server knows', () => {
    const paths = { ...none, data: ['/d'], exists: ['/e', '/f'], children: ['/c'] };
    const frame = written((writer) => {
      writeSetWatches(writer, paths, 0x1_0000_0002n);
    });
    const expected = bytes().int(-8).int(101).long(0x1_0000_0002n);
    expected.strings(['/d']).strings(['/e', '/f']).strings(['/c']);
    expect(frame).toEqual(expected.frame());
  });

  test('arm persistent watches again in the form of 3.6', () => {
    const paths = { ...none, data: ['/d'], persistent: ['/p'], recursive: ['/r', '/s'] };
    const frame = written((writer) => {
      writeSetWatches(writer, paths, 5n);
    });
    const expected = bytes().int(-8).int(105).long(5n);
    expected.strings(['/d']).strings([]).strings([]).strings(['/p']).strings(['/r', '/s']);
    expect(frame).toEqual(expected.frame());
  });
});

describe('many watched paths', () => {
  test('are cut into parts of at most 128 KiB, none lost and none twice', () => {
    const long = (kind: string): string[] =>
      Array.from({ length: 1_000 }, (_, n) => `/${kind}/${'x'.repeat(90)}/${n}`);
    const paths: WatchedPaths = {
      data: long('d'),
      exists: long('e'),
      children: long('c'),
      persistent: long('p'),
      recursive: long('r'),
    };
    const parts = splitWatchedPaths(paths);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      const size = Object.values(part).flat().join('').length;
      expect(size).toBeLessThanOrEqual(128 * 1024);
    }
    for (const kind of ['data', 'exists', 'children', 'persistent', 'recursive'] as const) {
      expect(parts.flatMap((part) => part[kind])).toEqual(paths[kind]);
    }
  });

  test('of which there are none need no part', () => {
    expect(splitWatchedPaths(none)).toEqual([]);
  });
});
