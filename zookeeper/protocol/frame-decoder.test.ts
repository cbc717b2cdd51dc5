import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytes } from '../testing/index.ts';
import { FrameDecoder } from './frame-decoder.ts';

const MAX_FRAME_BYTES = 1_000_000;

function collect(max = MAX_FRAME_BYTES): { decoder: FrameDecoder; frames: Buffer[] } {
  const frames: Buffer[] = [];
  const decoder = new FrameDecoder((buffer, start, end) => {
    frames.push(Buffer.from(buffer.subarray(start, end)));
  }, max);
  return { decoder, frames };
}

const twoFrames = Buffer.concat([bytes().string('first').frame(), bytes().string('2nd').frame()]);
const twoPayloads = [bytes().string('first').build(), bytes().string('2nd').build()];

describe('frame decoder', () => {
  test('delivers frames that arrive together', () => {
    const { decoder, frames } = collect();
    decoder.push(twoFrames);
    expect(frames).toEqual(twoPayloads);
  });

  test('delivers the same frames when every byte arrives alone', () => {
    const { decoder, frames } = collect();
    for (const byte of twoFrames) decoder.push(Buffer.from([byte]));
    expect(frames).toEqual(twoPayloads);
  });

  test('delivers the same frames however the stream is cut', () => {
    const streams = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(streams, fc.infiniteStream(fc.integer({ min: 0, max: 30 })), (payloads, cuts) => {
        const stream = Buffer.concat(payloads.map((payload) => bytes().raw(payload).frame()));
        const { decoder, frames } = collect();
        let offset = 0;
        while (offset < stream.length) {
          const length = cuts.next().value as number;
          decoder.push(stream.subarray(offset, offset + length));
          offset += length;
        }
        expect(frames).toEqual(payloads.map((payload) => Buffer.from(payload)));
      }),
    );
  });

  test('delivers ten thousand frames of one chunk', () => {
    const { decoder, frames } = collect();
    decoder.push(Buffer.concat(Array.from({ length: 10_000 }, (_, n) => bytes().int(n).frame())));
    expect(frames).toHaveLength(10_000);
    expect(frames.at(-1)?.readInt32BE(0)).toBe(9_999);
  });

  test('delivers an empty frame', () => {
    const { decoder, frames } = collect();
    decoder.push(bytes().frame());
    expect(frames).toEqual([Buffer.alloc(0)]);
  });

  test.each([
    { name: 'a negative length', length: -1 },
    { name: 'a length above the limit', length: MAX_FRAME_BYTES + 1 },
  ])('throws on $name instead of waiting for the bytes', ({ length }) => {
    const { decoder } = collect();
    expect(() => {
      decoder.push(bytes().int(length).build());
    }).toThrow(expect.objectContaining({ code: 'ProtocolError' }));
  });

  test('delivers nothing more once stopped, not even from the chunk at hand', () => {
    const frames: string[] = [];
    const decoder = new FrameDecoder((buffer, start, end) => {
      frames.push(buffer.toString('utf8', start + 4, end));
      decoder.stop();
    }, MAX_FRAME_BYTES);
    decoder.push(twoFrames);
    decoder.push(twoFrames);
    expect(frames).toEqual(['first']);
  });
});
