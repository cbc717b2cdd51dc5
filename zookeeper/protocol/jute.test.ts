import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytes } from '../testing/index.ts';
import { JuteReader } from './jute-reader.ts';
import { JuteWriter } from './jute-writer.ts';

function written(write: (writer: JuteWriter) => void, chunkBytes?: number): Buffer {
  const writer = new JuteWriter(chunkBytes);
  writer.beginFrame();
  write(writer);
  writer.endFrame();
  return writer.takeAll();
}

describe('jute writer', () => {
  test.each([
    {
      name: 'true',
      write: (w: JuteWriter) => {
        w.writeBool(true);
      },
      expected: '01',
    },
    {
      name: 'false',
      write: (w: JuteWriter) => {
        w.writeBool(false);
      },
      expected: '00',
    },
    {
      name: 'a negative int',
      write: (w: JuteWriter) => {
        w.writeInt(-2);
      },
      expected: 'fffffffe',
    },
    {
      name: 'a long beyond 53 bits',
      write: (w: JuteWriter) => {
        w.writeLong(0x7fedcba987654321n);
      },
      expected: '7fedcba987654321',
    },
    {
      name: 'a negative long',
      write: (w: JuteWriter) => {
        w.writeLong(-1n);
      },
      expected: 'ffffffffffffffff',
    },
    {
      name: 'a null buffer',
      write: (w: JuteWriter) => {
        w.writeBuffer(null);
      },
      expected: 'ffffffff',
    },
    {
      name: 'an empty buffer',
      write: (w: JuteWriter) => {
        w.writeBuffer(Buffer.alloc(0));
      },
      expected: '00000000',
    },
    {
      name: 'a string',
      write: (w: JuteWriter) => {
        w.writeString('/aé€');
      },
      expected: '000000072f61c3a9e282ac',
    },
    {
      name: 'an emoji',
      write: (w: JuteWriter) => {
        w.writeString('😀');
      },
      expected: '00000004f09f9880',
    },
  ])('writes $name as upstream does', ({ write, expected }) => {
    expect(written(write).subarray(4).toString('hex')).toBe(expected);
  });

  test('puts the length of the payload in front', () => {
    expect(
      written((w) => {
        w.writeInt(7);
      }).toString('hex'),
    ).toBe('0000000400000007');
  });

  test('keeps a frame in one piece when it outgrows its chunk', () => {
    const writer = new JuteWriter(32);
    const payloads = ['a'.repeat(20), 'b'.repeat(100), 'c'];
    let total = 0;
    for (const payload of payloads) {
      writer.beginFrame();
      writer.writeString(payload);
      total += writer.endFrame() + 4;
    }
    const expected = payloads.map((payload) => bytes().string(payload).frame());
    expect(Buffer.concat(writer.take(total))).toEqual(Buffer.concat(expected));
  });

  test('hands out exactly the bytes that are asked for, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 30 }), (texts) => {
        const writer = new JuteWriter(64);
        const sizes = texts.map((text) => {
          writer.beginFrame();
          writer.writeString(text);
          return writer.endFrame() + 4;
        });
        const taken = sizes.map((size) => Buffer.concat(writer.take(size)));
        expect(taken).toEqual(texts.map((text) => bytes().string(text).frame()));
      }),
    );
  });

  test('leaves no trace of an abandoned frame', () => {
    const writer = new JuteWriter(32);
    writer.beginFrame();
    writer.writeString('x'.repeat(100));
    writer.abandonFrame();
    writer.beginFrame();
    writer.writeInt(1);
    writer.endFrame();
    expect(writer.takeAll()).toEqual(bytes().int(1).frame());
  });

  test('does not touch bytes that were handed out', () => {
    const writer = new JuteWriter(1_024);
    writer.beginFrame();
    writer.writeInt(1);
    writer.endFrame();
    const first = writer.takeAll();
    writer.beginFrame();
    writer.writeInt(2);
    writer.endFrame();
    expect(first).toEqual(bytes().int(1).frame());
  });
});

describe('jute reader', () => {
  test('gives back what was written', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 100 });
    const data = fc.option(fc.uint8Array({ maxLength: 100 }));
    const record = fc.tuple(
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      text,
      data,
    );
    fc.assert(
      fc.property(record, ([bool, number, long, string, buffer]) => {
        const int = number | 0;
        const frame = written((w) => {
          w.writeBool(bool);
          w.writeInt(int);
          w.writeLong(long);
          w.writeString(string);
          w.writeBuffer(buffer);
        });
        const reader = new JuteReader(frame.subarray(4));
        expect([
          reader.readBool(),
          reader.readInt(),
          reader.readLong(),
          reader.readString(),
        ]).toEqual([bool, int, long, string]);
        expect(reader.readBuffer()).toEqual(buffer === null ? null : Buffer.from(buffer));
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test('tells null from empty', () => {
    const reader = new JuteReader(bytes().buffer(null).buffer(Buffer.alloc(0)).build());
    expect(reader.readBuffer()).toBeNull();
    expect(reader.readBuffer()).toEqual(Buffer.alloc(0));
  });

  test('stays within its frame although the buffer goes on', () => {
    const reader = new JuteReader();
    reader.reset(Buffer.alloc(100), 0, 3);
    expect(() => reader.readInt()).toThrow('4 bytes expected, 3 left');
  });

  test.each([
    {
      name: 'a buffer longer than the frame',
      payload: bytes().int(100).build(),
      read: (r: JuteReader) => r.readBuffer(),
    },
    {
      name: 'a negative length',
      payload: bytes().int(-2).build(),
      read: (r: JuteReader) => r.readString(),
    },
    {
      name: 'a vector longer than the frame',
      payload: bytes().int(0x7fffffff).build(),
      read: (r: JuteReader) => r.readVector((item) => item.readInt(), 4),
    },
    {
      name: 'a negative count',
      payload: bytes().int(-2).build(),
      read: (r: JuteReader) => r.readVector((item) => item.readInt(), 4),
    },
  ])('throws on $name', ({ payload, read }) => {
    expect(() => read(new JuteReader(payload))).toThrow(
      expect.objectContaining({ code: 'ProtocolError' }),
    );
  });

  test('copies what it hands out', () => {
    const frame = bytes().string('abc').build();
    const reader = new JuteReader(frame);
    const data = reader.readBuffer();
    frame.fill(0);
    expect(data?.toString()).toBe('abc');
  });

  test('keeps bytes apart from the buffer that the next frame overwrites', () => {
    const frame = bytes().string('kept').int(7).string('too').build();
    const reader = new JuteReader(frame);
    const first = reader.keep(8);
    const firstIn = reader.kept;
    expect(reader.readInt()).toBe(7);
    const second = reader.keep(7);
    frame.fill(0xff);
    expect(firstIn.toString('utf8', first + 4, first + 8)).toBe('kept');
    expect(reader.kept.toString('utf8', second + 4, second + 7)).toBe('too');
  });

  test('does not take what it kept of one frame for part of the next in the same buffer', () => {
    const buffer = Buffer.from('first');
    const reader = new JuteReader(buffer);
    reader.keep(1);
    buffer.write('again');
    reader.reset(buffer, 0, buffer.length);
    const start = reader.keep(5);
    expect(reader.kept.toString('utf8', start, start + 5)).toBe('again');
  });

  test('holds no more than 16 KiB for a few bytes kept out of a large frame', () => {
    const reader = new JuteReader(Buffer.alloc(1_000_000));
    reader.keep(10);
    expect(reader.kept.buffer.byteLength).toBeLessThanOrEqual(16 * 1024);
  });
});
