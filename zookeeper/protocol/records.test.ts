import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { statFields } from '../stat.ts';
import { bytes, statRecord } from '../testing/index.ts';
import { JuteReader } from './jute-reader.ts';
import { JuteWriter } from './jute-writer.ts';
import { multi, multiRead, type MultiResult, type ReadResult } from './multi.ts';
import * as operations from './operations.ts';
import {
  ReplyHeader,
  readAcls,
  readConnectResponse,
  readDataAndStat,
  readIdentities,
  readStat,
  readStrings,
  writeAcls,
  writeConnectRequest,
  writeRequestHeader,
} from './records.ts';
import { plain } from './testing/golden-records.ts';

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const data = fc.option(fc.uint8Array({ maxLength: 60 }).map((raw) => Buffer.from(raw)));
const password = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => Buffer.from(raw));
const acls = fc.array(fc.record({ permissions: int, scheme: text, id: text }), { maxLength: 5 });
const identities = fc.array(fc.record({ scheme: text, id: text }), { maxLength: 5 });
const stat = fc.record({
  ...{ czxid: long, mzxid: long, ctime: long, mtime: long },
  ...{ version: int, cversion: int, aversion: int, ephemeralOwner: long },
  ...{ dataLength: int, numChildren: int, pzxid: long },
});

function written(write: (writer: JuteWriter) => void): JuteReader {
  const writer = new JuteWriter(256);
  writer.beginFrame();
  write(writer);
  writer.endFrame();
  return new JuteReader(writer.takeAll().subarray(4));
}

function property<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, check));
}

describe('what is written is read back, whatever the values', () => {
  test('a connect request', () => {
    const request = fc.record({ lastZxidSeen: long, timeoutMs: int, sessionId: long, password });
    property(request, (sent) => {
      const reader = written((writer) => {
        writeConnectRequest(writer, sent);
      });
      expect([reader.readInt(), reader.readLong(), reader.readInt()]).toEqual([
        ...[0, sent.lastZxidSeen, sent.timeoutMs],
      ]);
      expect([reader.readLong(), reader.readBuffer()]).toEqual([sent.sessionId, sent.password]);
      expect([reader.readBool(), reader.remaining]).toEqual([false, 0]);
    });
  });

  test('a request header', () => {
    property(fc.tuple(int, int), ([xid, opcode]) => {
      const reader = written((writer) => {
        writeRequestHeader(writer, xid, opcode);
      });
      expect([reader.readInt(), reader.readInt(), reader.remaining]).toEqual([xid, opcode, 0]);
    });
  });

  test('an ACL', () => {
    property(acls, (acl) => {
      const reader = written((writer) => {
        writeAcls(writer, acl);
      });
      expect(readAcls(reader)).toEqual(acl);
      expect(reader.remaining).toBe(0);
    });
  });

  test('a create', () => {
    const ttlMs = fc.option(fc.integer({ min: 1, max: 2 ** 40 - 1 }));
    property(fc.record({ path: text, data, acl: acls, flags: int, ttlMs }), (request) => {
      const reader = written((writer) => {
        operations.create.write(writer, request);
      });
      expect([reader.readString(), reader.readBuffer()]).toEqual([request.path, request.data]);
      expect([readAcls(reader), reader.readInt()]).toEqual([request.acl, request.flags]);
      if (request.ttlMs !== null) expect(reader.readLong()).toBe(BigInt(request.ttlMs));
      expect(reader.remaining).toBe(0);
    });
  });

  test('a setData, a setACL, a delete', () => {
    property(fc.record({ path: text, data, acl: acls, version: int }), (request) => {
      const { path, version } = request;
      const set = written((writer) => {
        operations.setData.write(writer, request);
      });
      expect([set.readString(), set.readBuffer(), set.readInt(), set.remaining]).toEqual([
        ...[path, request.data, version, 0],
      ]);
      const setAcl = written((writer) => {
        operations.setAcl.write(writer, request);
      });
      expect([setAcl.readString(), readAcls(setAcl), setAcl.readInt(), setAcl.remaining]).toEqual([
        ...[path, request.acl, version, 0],
      ]);
      const remove = written((writer) => {
        operations.deleteNode.write(writer, request);
      });
      expect([remove.readString(), remove.readInt(), remove.remaining]).toEqual([path, version, 0]);
    });
  });
});

describe('what a server writes is read, whatever the values', () => {
  test('a connect response, with and without its last byte', () => {
    const response = fc.record({ timeoutMs: int, sessionId: long, password });
    property(fc.tuple(response, fc.option(fc.boolean())), ([sent, isReadOnly]) => {
      const { timeoutMs, sessionId } = sent;
      const builder = bytes().int(0).int(timeoutMs).long(sessionId).buffer(sent.password);
      if (isReadOnly !== null) builder.bool(isReadOnly);
      const read = readConnectResponse(new JuteReader(builder.build()));
      expect(read).toEqual({ ...sent, isReadOnly });
    });
  });

  test('a reply header', () => {
    property(fc.tuple(int, long, int), ([xid, zxid, error]) => {
      const payload = bytes().int(xid).long(zxid).int(error).build();
      const header = new ReplyHeader().read(new JuteReader(payload));
      expect([header.xid, header.zxid, header.error]).toEqual([xid, zxid, error]);
    });
  });

  test('a Stat', () => {
    property(stat, (sent) => {
      expect(statFields(readStat(new JuteReader(statRecord(sent))))).toEqual(sent);
    });
  });

  test('data with a Stat', () => {
    property(fc.tuple(data, stat), ([sent, sentStat]) => {
      const payload = bytes().buffer(sent).raw(statRecord(sentStat)).build();
      const read = readDataAndStat(new JuteReader(payload));
      expect(read.data).toEqual(sent);
      expect(statFields(read.stat)).toEqual(sentStat);
    });
  });

  test('names', () => {
    property(fc.array(text, { maxLength: 20 }), (names) => {
      expect(readStrings(new JuteReader(bytes().strings(names).build()))).toEqual(names);
    });
  });

  test('identities', () => {
    property(identities, (sent) => {
      const payload = bytes().int(sent.length);
      for (const { scheme, id } of sent) payload.string(scheme).string(id);
      expect(readIdentities(new JuteReader(payload.build()))).toEqual(sent);
    });
  });
});

const end = bytes().int(-1).bool(true).int(-1).build();

function step(type: number, error: number, body: Buffer): Buffer {
  return bytes().int(type).bool(false).int(error).raw(body).build();
}

interface Slot<Result> {
  payload: Buffer;
  result: Result;
}

describe('the replies of several operations at once', () => {
  const created = fc.tuple(text, fc.option(stat)).map(([path, sent]): Slot<MultiResult> => {
    const body = bytes().string(path);
    if (sent !== null) body.raw(statRecord(sent));
    const type = sent === null ? 1 : 15;
    return { payload: step(type, 0, body.build()), result: { type: 'create', path, stat: sent } };
  });
  const changed = stat.map((sent): Slot<MultiResult> => ({
    payload: step(5, 0, statRecord(sent)),
    result: { type: 'setData', stat: sent },
  }));
  const silent = fc.constantFrom<Slot<MultiResult>>(
    { payload: step(2, 0, Buffer.alloc(0)), result: { type: 'delete' } },
    { payload: step(13, 0, Buffer.alloc(0)), result: { type: 'check' } },
  );

  test('a multi that was committed', () => {
    property(fc.array(fc.oneof(created, changed, silent), { maxLength: 12 }), (slots) => {
      const payload = Buffer.concat([...slots.map((slot) => slot.payload), end]);
      const reply = multi.read(new JuteReader(payload), new ReplyHeader());
      expect(reply.isCommitted).toBe(true);
      expect(plain(reply.results)).toEqual(slots.map(({ result }) => result));
    });
  });

  test('a multi that failed, at every place and with every code', () => {
    const place = fc.record({ before: fc.nat(5), code: fc.integer({ min: -200, max: -101 }) });
    property(fc.tuple(place, fc.nat(5)), ([{ before, code }, after]) => {
      const codes = [
        ...Array.from({ length: before }, () => 0),
        code,
        ...Array.from({ length: after }, () => -2),
      ];
      const slots = codes.map((each) => step(-1, each, bytes().int(each).build()));
      const payload = Buffer.concat([...slots, end]);
      const { isCommitted, results } = multi.read(new JuteReader(payload), new ReplyHeader());
      expect(isCommitted).toBe(false);
      expect(results.map((slot) => (slot.type === 'error' ? slot.serverCode : 0))).toEqual(codes);
    });
  });

  test('a multiRead', () => {
    const readData = fc.tuple(data, stat).map(([sent, sentStat]): Slot<ReadResult> => ({
      payload: step(4, 0, bytes().buffer(sent).raw(statRecord(sentStat)).build()),
      result: { type: 'getData', data: sent, stat: sentStat },
    }));
    const readNames = fc.array(text, { maxLength: 4 }).map((children): Slot<ReadResult> => ({
      payload: step(8, 0, bytes().strings(children).build()),
      result: { type: 'getChildren', children },
    }));
    const refused = fc.constant<Slot<ReadResult>>({
      payload: step(-1, -101, bytes().int(-101).build()),
      result: { type: 'error', code: 'NoNode', serverCode: -101 },
    });
    property(fc.array(fc.oneof(readData, readNames, refused), { maxLength: 12 }), (slots) => {
      const payload = Buffer.concat([...slots.map((slot) => slot.payload), end]);
      const { results } = multiRead.read(new JuteReader(payload), new ReplyHeader());
      expect(plain(results)).toEqual(slots.map(({ result }) => result));
    });
  });
});
