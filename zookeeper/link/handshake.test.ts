import { describe, expect, test } from '@jest/globals';
import { digestAuth } from '../acl.ts';
import { errorCodeOf } from '../errors.ts';
import { AuthenticationStep, Handshake, writeCloseSession } from './handshake.ts';
import { FrameDecoder } from '../protocol/frame-decoder.ts';
import { JuteReader } from '../protocol/jute-reader.ts';
import { JuteWriter } from '../protocol/jute-writer.ts';
import { framed, hex } from '../protocol/testing/golden-records.ts';
import { bytes } from '../testing/byte-builder.ts';
import { errorCodes } from '../testing/error-codes.ts';

const password = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const offer = {
  sessionId: 0x0102_0304_0506_0708n,
  password,
  timeoutMs: 30_000,
  lastZxid: 0x0a0b_0c0d_0e0f_1011n,
};

/** protocolVersion, timeOut, sessionId, passwd */
const granted = hex('00000000 00009c40 0102030405060708 00000010', password.toString('hex'));

/** What is sent after a response that arrives in the given pieces. */
function accepted(handshake: Handshake, chunks: Iterable<Buffer>): Buffer[] {
  const sent: Buffer[] = [];
  const decoder = new FrameDecoder((buffer, start, end) => {
    const reader = new JuteReader();
    reader.reset(buffer, start, end);
    sent.push(handshake.acceptResponse(reader));
  }, 1_000);
  for (const chunk of chunks) decoder.push(chunk);
  return sent;
}

describe('the handshake in bytes', () => {
  test('tells a server that offers only reading from one that is no ZooKeeper', () => {
    const answers = (errorCode: string) => framed(hex('00000000 0000000000000000', errorCode));

    expect(() => accepted(new Handshake(offer, []), [answers('ffffff89')])).toThrow(
      expect.objectContaining({ code: 'NotReadOnly', serverCode: -119 }),
    );
    expect(() => accepted(new Handshake(offer, []), [answers('00000000')])).toThrow(
      expect.objectContaining({ code: 'NotZooKeeper' }),
    );
  });

  test.each(errorCodes)('tells a server that answers $name instead of a session', ({ code }) => {
    const answer = framed(bytes().int(0).long(0n).int(code).build().toString('hex'));
    expect(() => accepted(new Handshake(offer, []), [answer])).toThrow(
      expect.objectContaining({ code: errorCodeOf(code), serverCode: code }),
    );
  });

  test('begins with 45 bytes that offer the session', () => {
    expect(new Handshake(offer, []).begin().toString('hex')).toBe(
      hex(
        '0000002d 00000000 0a0b0c0d0e0f1011 00007530 0102030405060708',
        '00000010 00112233445566778899aabbccddeeff 00',
      ),
    );
  });

  test.each([
    { name: '37 bytes', response: `${granted}00`, isReadOnly: false },
    { name: '37 bytes of a read-only server', response: `${granted}01`, isReadOnly: true },
    { name: '36 bytes, as up to 3.3', response: granted, isReadOnly: null },
  ])('understands a response of $name, in one piece and byte by byte', (line) => {
    const frame = framed(line.response);
    const wholes = [[frame], [...frame].map((byte) => Buffer.from([byte]))];
    for (const chunks of wholes) {
      const handshake = new Handshake(offer, []);
      expect(accepted(handshake, chunks)).toHaveLength(1);
      expect(handshake.response).toEqual({
        timeoutMs: 40_000,
        sessionId: offer.sessionId,
        password,
        isReadOnly: line.isReadOnly,
      });
      expect(handshake.isComplete).toBe(true);
      expect(handshake.isForeignSession).toBe(false);
    }
  });

  test.each(Array.from({ length: 36 }, (_, length) => ({ length })))(
    'takes a response of $length bytes for something else than ZooKeeper',
    ({ length }) => {
      const response = framed(granted.slice(0, 2 * length));
      expect(() => accepted(new Handshake(offer, []), [response])).toThrow(
        expect.objectContaining({ code: 'NotZooKeeper' }),
      );
    },
  );

  test('goes on with the identities and a ping', () => {
    const steps = [new AuthenticationStep(() => [digestAuth('é', 'x')])];
    const [sent] = accepted(new Handshake(offer, steps), [framed(granted)]);
    // xid -4, request 100, type 0, scheme, credential; xid -2, request 11
    expect(sent?.toString('hex')).toBe(
      hex(
        '0000001e fffffffc 00000064 00000000 00000006 646967657374 00000004 c3a93a78',
        '00000008 fffffffe 0000000b',
      ),
    );
  });

  test('tells a session that the server gave instead of the one offered', () => {
    const handshake = new Handshake(offer, []);
    accepted(handshake, [framed(granted.replace('0102030405060708', '0102030405060709'))]);
    expect(handshake.isForeignSession).toBe(true);
  });

  test('closes a session that is not wanted as request -11', () => {
    const writer = new JuteWriter();
    writeCloseSession(writer);
    expect(writer.takeAll().toString('hex')).toBe(hex('00000008 00000001 fffffff5'));
  });
});
