import { describe, expect, test } from '@jest/globals';
import { openAcl } from '../acl.ts';
import { createFlags } from '../create-mode.ts';
import { statFields } from '../stat.ts';
import { bytes, statRecord, zeroStat } from '../testing/index.ts';
import { JuteReader } from './jute-reader.ts';
import { JuteWriter } from './jute-writer.ts';
import type { Operation } from './operation.ts';
import * as operations from './operations.ts';
import { ReplyHeader, readConnectResponse, writeConnectRequest } from './records.ts';

function body<Request>(operation: Operation<Request, unknown>, request: Request): string {
  const writer = new JuteWriter();
  writer.beginFrame();
  operation.write(writer, request);
  writer.endFrame();
  return writer.takeAll().subarray(4).toString('hex');
}

function reply<Reply>(operation: Operation<never, Reply>, payload: Buffer): Reply {
  return operation.read(new JuteReader(payload), new ReplyHeader());
}

/** Every field another value, the 64-bit ones beyond what a number holds. */
const stat = {
  czxid: 0x0100_0000_0000_0001n,
  mzxid: 0x0100_0000_0000_0002n,
  ctime: 0x0000_0199_0000_0003n,
  mtime: 0x0000_0199_0000_0004n,
  version: 5,
  cversion: -6,
  aversion: 7,
  ephemeralOwner: -8n,
  dataLength: 9,
  numChildren: 10,
  pzxid: 0x0100_0000_0000_000bn,
};

const statHex =
  '0100000000000001010000000000000200000199000000030000019900000004' +
  '00000005fffffffa00000007fffffffffffffff8000000090000000a010000000000000b';

const path = '000000022f61';
const world = '000000010000001f00000005776f726c6400000006616e796f6e65';

describe('requests on the wire', () => {
  const create = { path: '/a', data: Buffer.from('x'), acl: openAcl };

  test.each([
    {
      name: 'create',
      hex: body(operations.create, { ...create, flags: 0, ttlMs: null }),
      expected: `${path}0000000178${world}00000000`,
    },
    {
      name: 'create without data',
      hex: body(operations.create, { ...create, data: null, flags: 3, ttlMs: null }),
      expected: `${path}ffffffff${world}00000003`,
    },
    {
      name: 'create with empty data',
      hex: body(operations.create, { ...create, data: Buffer.alloc(0), flags: 1, ttlMs: null }),
      expected: `${path}00000000${world}00000001`,
    },
    {
      name: 'create with a time to live',
      hex: body(operations.createTtl, { ...create, flags: 5, ttlMs: 60_000 }),
      expected: `${path}0000000178${world}00000005000000000000ea60`,
    },
    {
      name: 'delete',
      hex: body(operations.deleteNode, { path: '/a', version: -1 }),
      expected: `${path}ffffffff`,
    },
    { name: 'exists', hex: body(operations.exists, '/a'), expected: `${path}00` },
    { name: 'getData', hex: body(operations.getData, '/a'), expected: `${path}00` },
    {
      name: 'setData',
      hex: body(operations.setData, { path: '/a', data: Buffer.from('x'), version: 3 }),
      expected: `${path}000000017800000003`,
    },
    { name: 'getChildren', hex: body(operations.getChildren, '/a'), expected: `${path}00` },
    { name: 'getAcl', hex: body(operations.getAcl, '/a'), expected: path },
    {
      name: 'setAcl',
      hex: body(operations.setAcl, { path: '/a', acl: openAcl, version: 2 }),
      expected: `${path}${world}00000002`,
    },
    { name: 'sync', hex: body(operations.sync, '/a'), expected: path },
    { name: 'getEphemerals', hex: body(operations.getEphemerals, '/a'), expected: path },
    {
      name: 'getAllChildrenNumber',
      hex: body(operations.getAllChildrenNumber, '/a'),
      expected: path,
    },
    { name: 'whoAmI', hex: body(operations.whoAmI, null), expected: '' },
    { name: 'closeSession', hex: body(operations.closeSession, null), expected: '' },
  ])('$name', ({ hex, expected }) => {
    expect(hex).toBe(expected);
  });

  test('the connect request asks for a session that is not read-only', () => {
    const writer = new JuteWriter();
    writer.beginFrame();
    const password = Buffer.from('0123456789abcdef');
    writeConnectRequest(writer, { lastZxidSeen: 5n, timeoutMs: 30_000, sessionId: 7n, password });
    expect(writer.endFrame()).toBe(45);
    expect(writer.takeAll().subarray(4).toString('hex')).toBe(
      `00000000${'0000000000000005'}00007530${'0000000000000007'}00000010${password.toString('hex')}00`,
    );
  });

  test.each([
    { mode: 'persistent', flags: 0, opcode: 1 },
    { mode: 'ephemeral', flags: 1, opcode: 1 },
    { mode: 'persistentSequential', flags: 2, opcode: 1 },
    { mode: 'ephemeralSequential', flags: 3, opcode: 1 },
    { mode: 'container', flags: 4, opcode: 19 },
    { mode: { ttlMs: 1 }, flags: 5, opcode: 21 },
    { mode: { ttlMs: 1, sequential: true }, flags: 6, opcode: 21 },
  ] as const)('mode $mode is flags $flags of request $opcode', ({ mode, flags, opcode }) => {
    const request = createFlags(mode);
    expect(request.flags).toBe(flags);
    expect(operations.createOperation(request, false).opcode).toBe(opcode);
  });

  test.each([0, -1, 1.5, 2 ** 40, Number.NaN])('a time to live of %p is refused', (ttlMs) => {
    expect(() => createFlags({ ttlMs })).toThrow(expect.objectContaining({ code: 'BadArguments' }));
  });
});

describe('replies on the wire', () => {
  test('a Stat keeps 64-bit values whole', () => {
    expect(statRecord(stat).toString('hex')).toBe(statHex);
    const read = reply(operations.setData, Buffer.from(statHex, 'hex'));
    expect(statFields(read)).toEqual(stat);
  });

  test('getData tells null data from empty data', () => {
    const none = reply(operations.getData, bytes().buffer(null).raw(statRecord()).build());
    const empty = reply(operations.getData, bytes().string('').raw(statRecord()).build());
    expect(none.data).toBeNull();
    expect(empty.data).toEqual(Buffer.alloc(0));
    expect(statFields(none.stat)).toEqual(zeroStat);
    expect(statFields(empty.stat)).toEqual(zeroStat);
  });

  test.each([10, 5_000, 50_000])('getData of %p bytes survives the receive buffer', (length) => {
    const data = Buffer.alloc(length, 'd');
    const payload = bytes().buffer(data).raw(statRecord(stat)).build();
    const read = reply(operations.getData, payload);
    payload.fill(0);
    expect(read.data).toEqual(data);
    expect(statFields(read.stat)).toEqual(stat);
  });

  test('create answers a path, its newer form a Stat as well', () => {
    const created = bytes().string('/a1').build();
    expect(reply(operations.create, created)).toEqual({ path: '/a1', stat: null });
    const withStat = reply(operations.create2, bytes().raw(created).raw(statRecord(stat)).build());
    expect(withStat.path).toBe('/a1');
    expect(withStat.stat && statFields(withStat.stat)).toEqual(stat);
  });

  test('getChildren answers names and a Stat', () => {
    const payload = bytes().strings(['b', 'a']).raw(statRecord(stat)).build();
    const read = reply(operations.getChildren, payload);
    expect(read.children).toEqual(['b', 'a']);
    expect(statFields(read.stat)).toEqual(stat);
  });

  test('getAcl answers entries and a Stat', () => {
    const payload = bytes().raw(Buffer.from(world, 'hex')).raw(statRecord(stat)).build();
    expect(reply(operations.getAcl, payload).acl).toEqual(openAcl);
  });

  test('a null vector reads as empty', () => {
    expect(reply(operations.getEphemerals, bytes().int(-1).build())).toEqual([]);
  });

  test('whoAmI answers identities', () => {
    const payload = bytes().int(1).string('ip').string('127.0.0.1').build();
    expect(reply(operations.whoAmI, payload)).toEqual([{ scheme: 'ip', id: '127.0.0.1' }]);
  });

  test('sync answers the zxid of its header', () => {
    const header = bytes().int(1).long(0x1_0000_0001n).int(0).build();
    const read = operations.sync.read(
      new JuteReader(bytes().string('/').build()),
      new ReplyHeader().read(new JuteReader(header)),
    );
    expect(read).toEqual({ zxid: 0x1_0000_0001n });
  });

  test.each([
    { name: '37 bytes', tail: '01', isReadOnly: true },
    { name: '36 bytes, as up to 3.3', tail: '', isReadOnly: null },
  ])('a connect response of $name is understood', ({ tail, isReadOnly }) => {
    const password = Buffer.alloc(16, 1);
    const payload = bytes()
      .int(0)
      .int(4_000)
      .long(9n)
      .buffer(password)
      .raw(Buffer.from(tail, 'hex'));
    expect(readConnectResponse(new JuteReader(payload.build()))).toEqual({
      timeoutMs: 4_000,
      sessionId: 9n,
      password,
      isReadOnly,
    });
  });

  test.each([
    {
      name: 'getData',
      operation: operations.getData,
      full: bytes().string('data').raw(statRecord()).build(),
    },
    {
      name: 'getChildren',
      operation: operations.getChildren,
      full: bytes().strings(['a', 'b']).raw(statRecord()).build(),
    },
    {
      name: 'getAcl',
      operation: operations.getAcl,
      full: bytes().raw(Buffer.from(world, 'hex')).raw(statRecord()).build(),
    },
    {
      name: 'create',
      operation: operations.create2,
      full: bytes().string('/a').raw(statRecord()).build(),
    },
  ])('$name throws on a reply that ends early, wherever that is', ({ operation, full }) => {
    for (let length = 0; length < full.length; length++) {
      expect(() => reply(operation as Operation<never, unknown>, full.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'ProtocolError' }),
      );
    }
  });
});
