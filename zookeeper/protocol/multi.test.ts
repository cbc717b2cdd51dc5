import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { statFields } from '../stat.ts';
import { bytes, statRecord } from '../testing/index.ts';
import { JuteReader } from './jute-reader.ts';
import { JuteWriter } from './jute-writer.ts';
import {
  EMPTY_MULTI_BYTES,
  multi,
  multiOpBytes,
  multiRead,
  type MultiOp,
  type MultiReply,
} from './multi.ts';
import type { Operation } from './operation.ts';
import { ReplyHeader } from './records.ts';

function body<Request>(operation: Operation<Request, unknown>, request: Request): string {
  const writer = new JuteWriter();
  writer.beginFrame();
  operation.write(writer, request);
  writer.endFrame();
  return writer.takeAll().subarray(4).toString('hex');
}

const end = 'ffffffff01ffffffff';
const world = '000000010000001f00000005776f726c6400000006616e796f6e65';

function resultHeader(type: number, error = 0): Buffer {
  return bytes().int(type).bool(false).int(error).build();
}

const endBytes = Buffer.from(end, 'hex');

function readMulti(payload: Buffer): MultiReply {
  return multi.read(new JuteReader(payload), new ReplyHeader());
}

describe('multi requests on the wire', () => {
  test.each<{ name: string; ops: MultiOp[]; expected: string }>([
    { name: 'nothing', ops: [], expected: end },
    {
      name: 'create',
      ops: [{ type: 'create', path: '/a', data: null }],
      expected: `0000000100ffffffff000000022f61ffffffff${world}00000000${end}`,
    },
    {
      name: 'create with Stat',
      ops: [{ type: 'create', path: '/a', data: null, withStat: true }],
      expected: `0000000f00ffffffff000000022f61ffffffff${world}00000000${end}`,
    },
    {
      name: 'create of a container',
      ops: [{ type: 'create', path: '/a', data: null, mode: 'container' }],
      expected: `0000001300ffffffff000000022f61ffffffff${world}00000004${end}`,
    },
    {
      name: 'create with a time to live',
      ops: [{ type: 'create', path: '/a', data: null, mode: { ttlMs: 1 } }],
      expected: `0000001500ffffffff000000022f61ffffffff${world}000000050000000000000001${end}`,
    },
    {
      name: 'delete',
      ops: [{ type: 'delete', path: '/a' }],
      expected: `0000000200ffffffff000000022f61ffffffff${end}`,
    },
    {
      name: 'setData',
      ops: [{ type: 'setData', path: '/a', data: Buffer.from('x'), version: 2 }],
      expected: `0000000500ffffffff000000022f61000000017800000002${end}`,
    },
    {
      name: 'check',
      ops: [{ type: 'check', path: '/a', version: 0 }],
      expected: `0000000d00ffffffff000000022f6100000000${end}`,
    },
  ])('$name', ({ ops, expected }) => {
    expect(body(multi, ops)).toBe(expected);
  });

  test('multiRead', () => {
    const ops = [
      { type: 'getData', path: '/a' },
      { type: 'getChildren', path: '/b' },
    ] as const;
    expect(body(multiRead, ops)).toBe(
      `0000000400ffffffff000000022f6100${'0000000800ffffffff000000022f6200'}${end}`,
    );
  });

  test('the computed size of a step is what it occupies', () => {
    const path = fc.string({ unit: 'grapheme', maxLength: 20 });
    const data = fc.option(fc.uint8Array({ maxLength: 50 }));
    const acl = fc.array(fc.record({ permissions: fc.integer(), scheme: path, id: path }));
    const mode = fc.constantFrom('persistent', 'container', { ttlMs: 5 } as const);
    const op = fc.oneof(
      fc.record({ type: fc.constant('create'), path, data, acl, mode }),
      fc.record({ type: fc.constant('setData'), path, data }),
      fc.record({ type: fc.constantFrom('delete', 'check'), path }),
    ) as fc.Arbitrary<MultiOp>;
    fc.assert(
      fc.property(fc.array(op), (ops) => {
        const size = ops.reduce((sum, each) => sum + multiOpBytes(each), EMPTY_MULTI_BYTES);
        expect(size).toBe(8 + body(multi, ops).length / 2);
      }),
    );
  });
});

describe('multi replies on the wire', () => {
  test('each step has its result', () => {
    const payload = bytes()
      .raw(resultHeader(1))
      .string('/a')
      .raw(resultHeader(2))
      .raw(resultHeader(5))
      .raw(statRecord({ version: 4 }))
      .raw(resultHeader(13))
      .raw(endBytes)
      .build();
    const { isCommitted, results } = readMulti(payload);
    expect(isCommitted).toBe(true);
    expect(results.map(({ type }) => type)).toEqual(['create', 'delete', 'setData', 'check']);
    const [created, , changed] = results;
    expect(created).toEqual({ type: 'create', path: '/a', stat: null });
    expect(changed?.type === 'setData' && changed.stat.version).toBe(4);
  });

  test.each([
    { name: 'with a Stat, as from 3.9', type: 15, stat: statRecord({ version: 3 }), version: 3 },
    { name: 'of a container', type: 19, stat: statRecord({ version: 3 }), version: 3 },
    { name: 'without, as before', type: 1, stat: Buffer.alloc(0), version: undefined },
  ])('the newer create is understood $name', ({ type, stat, version }) => {
    const payload = bytes().raw(resultHeader(type)).string('/a').raw(stat).raw(endBytes).build();
    const { results } = readMulti(payload);
    const [created] = results;
    expect(created?.type === 'create' && created.stat?.version).toBe(version);
  });

  test('a failure tells the undone, the culprit and the untried steps apart', () => {
    const slot = (code: number): Buffer => bytes().int(-1).bool(false).int(code).int(code).build();
    const payload = Buffer.concat([slot(0), slot(-110), slot(-2), endBytes]);
    expect(readMulti(payload)).toEqual({
      isCommitted: false,
      results: [
        { type: 'undone' },
        { type: 'error', code: 'NodeExists', serverCode: -110 },
        { type: 'error', code: 'RuntimeInconsistency', serverCode: -2 },
      ],
    });
  });

  test('multiRead answers values and errors side by side', () => {
    const payload = bytes()
      .raw(resultHeader(4))
      .string('data')
      .raw(statRecord({ version: 1 }))
      .raw(resultHeader(-1, -101))
      .int(-101)
      .raw(resultHeader(8))
      .strings(['x'])
      .raw(endBytes)
      .build();
    const header = new ReplyHeader().read(new JuteReader(bytes().int(1).long(77n).int(0).build()));
    const { zxid, results } = multiRead.read(new JuteReader(payload), header);
    expect(zxid).toBe(77n);
    const [first, second, third] = results;
    expect(first?.type === 'getData' && first.data?.toString()).toBe('data');
    expect(first?.type === 'getData' && statFields(first.stat).version).toBe(1);
    expect(second).toEqual({ type: 'error', code: 'NoNode', serverCode: -101 });
    expect(third).toEqual({ type: 'getChildren', children: ['x'] });
  });

  test('a reply that ends early throws, wherever that is', () => {
    const full = bytes().raw(resultHeader(5)).raw(statRecord()).raw(endBytes).build();
    for (let length = 0; length < full.length; length++) {
      expect(() => readMulti(full.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'ProtocolError' }),
      );
    }
  });

  test('random bytes give a reply or a ProtocolError, and end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        try {
          readMulti(Buffer.from(noise));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ProtocolError' });
        }
      }),
    );
  });
});
