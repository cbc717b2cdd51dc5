import { openAcl } from '../../acl.ts';
import type { RequestQueue } from '../../session/request-queue.ts';
import { multi, multiRead } from '../multi.ts';
import type { Operation } from '../operation.ts';
import * as operations from '../operations.ts';
import { addWatch, removeWatches } from '../watches.ts';
import { goldenStat, hex } from './golden-records.ts';

/** One request and its reply as they stand on the wire, written down by hand. */
export interface GoldenOperation {
  readonly name: string;
  readonly opcode: number;
  /** Payload of the frame: header and body. The request's number is 1. */
  readonly requestHex: string;
  readonly replyHex: string;
  /** What the caller gets, Stats as plain objects. */
  readonly reply: unknown;
  /** The body says nothing that is not known, and is not read. */
  readonly isBodyIgnored: boolean;
  enqueue(queue: RequestQueue): Promise<unknown>;
}

interface Entry<Request, Reply> {
  name: string;
  operation: Operation<Request, Reply>;
  request: Request;
  /** The body's parts. */
  sent: readonly string[];
  answered: readonly string[];
  reply: unknown;
  isBodyIgnored?: boolean;
}

const xid = '00000001';
/** xid, zxid, error. */
const replyHeader = `${xid} 0100000000000007 00000000`;
export const GOLDEN_REPLY_ZXID = 0x0100_0000_0000_0007n;

function golden<Request, Reply>(entry: Entry<Request, Reply>): GoldenOperation {
  const { name, operation, request, sent, answered, reply } = entry;
  const opcode = (operation.opcode >>> 0).toString(16).padStart(8, '0');
  return {
    name,
    opcode: operation.opcode,
    requestHex: hex(xid, opcode, ...sent),
    replyHex: hex(replyHeader, ...answered),
    reply,
    isBodyIgnored: entry.isBodyIgnored ?? false,
    enqueue: (queue) => queue.enqueue(operation, request, null),
  };
}

const path = '00000002 2f61';
const data = '00000001 78';
const none = 'ffffffff';
const noWatch = '00';
const withWatch = '01';
const world = '00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65';
const stat = goldenStat.hex;
const x = Buffer.from('x');
const create = { path: '/a', data: x, acl: openAcl };

const created = { path: '/a', stat: goldenStat.fields };

/** Of a multi: type, done, error. */
const step = (type: string): string => `${type} 00 ffffffff`;
const result = (type: string): string => `${type} 00 00000000`;
const failed = (code: string): string => `ffffffff 00 ${code} ${code}`;
const end = 'ffffffff 01 ffffffff';

const single: readonly GoldenOperation[] = [
  golden({
    name: 'create',
    operation: operations.create,
    request: { ...create, flags: 0, ttlMs: null },
    sent: [path, data, world, '00000000'],
    answered: [path],
    reply: { path: '/a', stat: null },
  }),
  golden({
    name: 'create of an ephemeral sequential znode with null data',
    operation: operations.create,
    request: { ...create, data: null, flags: 3, ttlMs: null },
    sent: [path, none, world, '00000003'],
    answered: ['0000000c 2f6130303030303030303031'],
    reply: { path: '/a0000000001', stat: null },
  }),
  golden({
    name: 'create with empty data and two entries in the ACL',
    operation: operations.create,
    request: {
      path: '/a',
      data: Buffer.alloc(0),
      acl: [
        { permissions: 1, scheme: 'ip', id: '' },
        { permissions: 16, scheme: 'auth', id: 'é' },
      ],
      flags: 1,
      ttlMs: null,
    },
    sent: [
      ...[path, '00000000', '00000002', '00000001 00000002 6970 00000000'],
      ...['00000010 00000004 61757468 00000002 c3a9', '00000001'],
    ],
    answered: [path],
    reply: { path: '/a', stat: null },
  }),
  golden({
    name: 'create2',
    operation: operations.create2,
    request: { ...create, flags: 2, ttlMs: null },
    sent: [path, data, world, '00000002'],
    answered: [path, stat],
    reply: created,
  }),
  golden({
    name: 'createContainer',
    operation: operations.createContainer,
    request: { ...create, flags: 4, ttlMs: null },
    sent: [path, data, world, '00000004'],
    answered: [path, stat],
    reply: created,
  }),
  golden({
    name: 'createTTL',
    operation: operations.createTtl,
    request: { ...create, flags: 5, ttlMs: 2 ** 40 - 1 },
    sent: [path, data, world, '00000005', '000000ffffffffff'],
    answered: [path, stat],
    reply: created,
  }),
  golden({
    name: 'delete',
    operation: operations.deleteNode,
    request: { path: '/a', version: -1 },
    sent: [path, 'ffffffff'],
    answered: [],
    reply: undefined,
  }),
  golden({
    name: 'exists',
    operation: operations.exists,
    request: '/a',
    sent: [path, noWatch],
    answered: [stat],
    reply: goldenStat.fields,
  }),
  golden({
    name: 'getData',
    operation: operations.getData,
    request: '/a',
    sent: [path, noWatch],
    answered: [data, stat],
    reply: { data: x, stat: goldenStat.fields },
  }),
  golden({
    name: 'getData of null',
    operation: operations.getData,
    request: '/a',
    sent: [path, noWatch],
    answered: [none, stat],
    reply: { data: null, stat: goldenStat.fields },
  }),
  golden({
    name: 'getData of empty data',
    operation: operations.getData,
    request: '/a',
    sent: [path, noWatch],
    answered: ['00000000', stat],
    reply: { data: Buffer.alloc(0), stat: goldenStat.fields },
  }),
  golden({
    name: 'setData',
    operation: operations.setData,
    request: { path: '/a', data: x, version: 0x7fffffff },
    sent: [path, data, '7fffffff'],
    answered: [stat],
    reply: goldenStat.fields,
  }),
  golden({
    name: 'setData to null',
    operation: operations.setData,
    request: { path: '/a', data: null, version: 0 },
    sent: [path, none, '00000000'],
    answered: [stat],
    reply: goldenStat.fields,
  }),
  golden({
    name: 'getACL',
    operation: operations.getAcl,
    request: '/a',
    sent: [path],
    answered: [world, stat],
    reply: { acl: openAcl, stat: goldenStat.fields },
  }),
  golden({
    name: 'setACL',
    operation: operations.setAcl,
    request: { path: '/a', acl: openAcl, version: 2 },
    sent: [path, world, '00000002'],
    answered: [stat],
    reply: goldenStat.fields,
  }),
  golden({
    name: 'getChildren2',
    operation: operations.getChildren,
    request: '/a',
    sent: [path, noWatch],
    answered: ['00000003 00000001 62 00000000 00000002 c3bc', stat],
    reply: { children: ['b', '', 'ü'], stat: goldenStat.fields },
  }),
  golden({
    name: 'sync',
    operation: operations.sync,
    request: '/a',
    sent: [path],
    answered: [path],
    reply: { zxid: GOLDEN_REPLY_ZXID },
    isBodyIgnored: true,
  }),
  golden({
    name: 'getEphemerals',
    operation: operations.getEphemerals,
    request: '/a',
    sent: [path],
    answered: ['00000001', path],
    reply: ['/a'],
  }),
  golden({
    name: 'getAllChildrenNumber',
    operation: operations.getAllChildrenNumber,
    request: '/a',
    sent: [path],
    answered: ['000f4240'],
    reply: 1_000_000,
  }),
  golden({
    name: 'whoAmI',
    operation: operations.whoAmI,
    request: null,
    sent: [],
    answered: ['00000002 00000002 6970 00000000 00000001 73 00000002 c3a9'],
    reply: [
      { scheme: 'ip', id: '' },
      { scheme: 's', id: 'é' },
    ],
  }),
  golden({
    name: 'closeSession',
    operation: operations.closeSession,
    request: null,
    sent: [],
    answered: [],
    reply: undefined,
  }),
];

const several: readonly GoldenOperation[] = [
  golden({
    name: 'multi of nothing',
    operation: multi,
    request: [],
    sent: [end],
    answered: [end],
    reply: { isCommitted: true, zxid: GOLDEN_REPLY_ZXID, results: [] },
  }),
  golden({
    name: 'multi of every kind of step',
    operation: multi,
    request: [
      { type: 'create', path: '/a', data: x },
      { type: 'create', path: '/a', data: x, withStat: true },
      { type: 'create', path: '/a', data: null, mode: 'container' },
      { type: 'create', path: '/a', data: null, mode: { ttlMs: 1 } },
      { type: 'delete', path: '/a' },
      { type: 'setData', path: '/a', data: x, version: 2 },
      { type: 'check', path: '/a', version: 3 },
    ],
    sent: [
      ...[step('00000001'), path, data, world, '00000000'],
      ...[step('0000000f'), path, data, world, '00000000'],
      ...[step('00000013'), path, none, world, '00000004'],
      ...[step('00000015'), path, none, world, '00000005 0000000000000001'],
      ...[step('00000002'), path, 'ffffffff'],
      ...[step('00000005'), path, data, '00000002'],
      ...[step('0000000d'), path, '00000003', end],
    ],
    answered: [
      ...[result('00000001'), path, result('0000000f'), path, stat],
      ...[result('00000013'), path, stat, result('00000015'), path, stat],
      ...[result('00000002'), result('00000005'), stat, result('0000000d'), end],
    ],
    reply: {
      isCommitted: true,
      zxid: GOLDEN_REPLY_ZXID,
      results: [
        { type: 'create', path: '/a', stat: null },
        { type: 'create', ...created },
        { type: 'create', ...created },
        { type: 'create', ...created },
        { type: 'delete' },
        { type: 'setData', stat: goldenStat.fields },
        { type: 'check' },
      ],
    },
  }),
  golden({
    name: 'multi that fails, without an error in its header',
    operation: multi,
    request: [
      { type: 'delete', path: '/a', version: 0 },
      { type: 'delete', path: '/a', version: 0 },
      { type: 'delete', path: '/a', version: 0 },
    ],
    sent: [
      ...[step('00000002'), path, '00000000', step('00000002'), path, '00000000'],
      ...[step('00000002'), path, '00000000', end],
    ],
    answered: [failed('00000000'), failed('ffffff9b'), failed('fffffffe'), end],
    reply: {
      isCommitted: false,
      results: [
        { type: 'undone' },
        { type: 'error', code: 'NoNode', serverCode: -101 },
        { type: 'error', code: 'RuntimeInconsistency', serverCode: -2 },
      ],
    },
  }),
  golden({
    name: 'multiRead of which one read fails',
    operation: multiRead,
    request: [
      { type: 'getData', path: '/a' },
      { type: 'getChildren', path: '/a' },
      { type: 'getData', path: '/a' },
    ],
    sent: [
      ...[step('00000004'), path, noWatch, step('00000008'), path, noWatch],
      ...[step('00000004'), path, noWatch, end],
    ],
    answered: [
      ...[result('00000004'), data, stat, result('00000008'), '00000001 00000001 62'],
      ...[failed('ffffff9b'), end],
    ],
    reply: {
      zxid: GOLDEN_REPLY_ZXID,
      results: [
        { type: 'getData', data: x, stat: goldenStat.fields },
        { type: 'getChildren', children: ['b'] },
        { type: 'error', code: 'NoNode', serverCode: -101 },
      ],
    },
  }),
  golden({
    name: 'multiRead of nothing',
    operation: multiRead,
    request: [],
    sent: [end],
    answered: [end],
    reply: { zxid: GOLDEN_REPLY_ZXID, results: [] },
  }),
];

const watching: readonly GoldenOperation[] = [
  golden({
    name: 'exists with a watch',
    operation: operations.existsWatched,
    request: '/a',
    sent: [path, withWatch],
    answered: [stat],
    reply: { stat: goldenStat.fields },
  }),
  golden({
    name: 'getData with a watch',
    operation: operations.getDataWatched,
    request: '/a',
    sent: [path, withWatch],
    answered: [data, stat],
    reply: { data: x, stat: goldenStat.fields },
  }),
  golden({
    name: 'getChildren2 with a watch',
    operation: operations.getChildrenWatched,
    request: '/a',
    sent: [path, withWatch],
    answered: ['00000000', stat],
    reply: { children: [], stat: goldenStat.fields },
  }),
  golden({
    name: 'addWatch, persistent',
    operation: addWatch,
    request: { path: '/a', mode: 'persistent' },
    sent: [path, '00000000'],
    answered: ['00000000'],
    reply: undefined,
    isBodyIgnored: true,
  }),
  golden({
    name: 'addWatch, recursive',
    operation: addWatch,
    request: { path: '/a', mode: 'recursive' },
    sent: [path, '00000001'],
    answered: ['00000000'],
    reply: undefined,
    isBodyIgnored: true,
  }),
  golden({
    name: 'removeWatches',
    operation: removeWatches,
    request: '/a',
    sent: [path, '00000003'],
    answered: [],
    reply: undefined,
  }),
];

/** Every operation that travels as an ordinary request. */
export const goldenOperations: readonly GoldenOperation[] = [...single, ...several, ...watching];
