import { openAcl, permissions, type Acl } from '../../acl.ts';
import type { CreateMode } from '../../create-mode.ts';
import type { Stat } from '../../stat.ts';
import type { NativeStat } from '../native-client.ts';
import { integerFrom, oneOf } from '../../../testing/seeded-random.ts';

/**
 * A change that can also be a part of a multi, on a path below the tree of each client. The addon
 * creates nothing but what is open to everybody.
 */
export type Change =
  | { kind: 'create'; path: string; data: Buffer; flags: number }
  | { kind: 'set'; path: string; data: Buffer; version: number }
  | { kind: 'delete'; path: string; version: number };

export type MultiPart = Change | { kind: 'check'; path: string; version: number };

export interface Read {
  kind: 'exists' | 'get' | 'children' | 'sync' | 'getAcl';
  path: string;
}

/** What both clients are asked to do. */
export type Step =
  | Change
  | Read
  | { kind: 'setAcl'; path: string; acl: readonly Acl[]; version: number }
  | { kind: 'multi'; parts: readonly MultiPart[] };

/** By the number of ZooKeeper's create flags. */
export const modes: readonly CreateMode[] = [
  'persistent',
  'ephemeral',
  'persistentSequential',
  'ephemeralSequential',
];

const names = ['a', 'b', 'ü'];
const versions = [-1, -1, 0, 1, 2];

/**
 * Each lets everybody read and administer: trees stay readable and can be opened again, and the
 * addon crashes where it may not read a list.
 */
const acls: readonly (readonly Acl[])[] = [
  openAcl,
  openAcl,
  [{ permissions: permissions.read | permissions.admin, scheme: 'world', id: 'anyone' }],
  [
    { permissions: permissions.all, scheme: 'ip', id: '127.0.0.1' },
    { permissions: permissions.read | permissions.admin, scheme: 'world', id: 'anyone' },
  ],
  [
    { permissions: permissions.write, scheme: 'digest', id: 'somebody:hash' },
    { permissions: permissions.all & ~permissions.write, scheme: 'world', id: 'anyone' },
  ],
];

/** Refused by the server: nobody is authenticated, and there is no such address. */
const badAcls: readonly (readonly Acl[])[] = [
  [{ permissions: permissions.all, scheme: 'auth', id: '' }],
  [{ permissions: permissions.all, scheme: 'ip', id: 'nowhere' }],
];

function randomPath(random: () => number, maxDepth: number): string {
  const depth = integerFrom(random, 1, maxDepth);
  return `/${Array.from({ length: depth }, () => oneOf(random, names)).join('/')}`;
}

function randomAcl(random: () => number): readonly Acl[] {
  return random() < 0.1 ? oneOf(random, badAcls) : oneOf(random, acls);
}

function randomChange(random: () => number, path: string): Change {
  const data = Buffer.alloc(oneOf(random, [0, 1, 10, 3_000]), integerFrom(random, 0, 255));
  const version = oneOf(random, versions);
  const kind = oneOf(random, ['create', 'create', 'create', 'set', 'set', 'delete'] as const);
  if (kind === 'set') return { kind, path, data, version };
  if (kind === 'delete') return { kind, path, version };
  return { kind, path, data, flags: oneOf(random, [0, 0, 0, 1, 2, 3]) };
}

function randomMulti(random: () => number): Step {
  const parts = Array.from({ length: integerFrom(random, 1, 4) }, (): MultiPart => {
    const path = randomPath(random, 2);
    if (random() < 0.8) return randomChange(random, path);
    return { kind: 'check', path, version: oneOf(random, versions) };
  });
  return { kind: 'multi', parts };
}

export function randomStep(random: () => number): Step {
  const path = randomPath(random, 3);
  const reads = ['exists', 'get', 'children', 'sync', 'getAcl'] as const;
  const writes = ['change', 'change', 'change', 'change', 'change', 'change'] as const;
  const kind = oneOf(random, [...writes, 'setAcl', 'multi', 'multi', ...reads] as const);
  if (kind === 'change') return randomChange(random, path);
  if (kind === 'multi') return randomMulti(random);
  if (kind !== 'setAcl') return { kind, path };
  return { kind, path, acl: randomAcl(random), version: oneOf(random, versions) };
}

/** The fields of a Stat that are the same in two trees with the same history. */
export function common(stat: Stat | NativeStat): object {
  const { version, cversion, aversion, dataLength, numChildren } = stat;
  const isEphemeral = String(stat.ephemeralOwner) !== '0';
  return { version, cversion, aversion, dataLength, numChildren, isEphemeral };
}

export function bytesOf(data: Buffer | null): string | null {
  return data?.toString('hex') ?? null;
}

/** One entry of a list, in a form that both clients can be brought to. */
export function aclText({ permissions: sum, scheme, id }: Acl): string {
  return `${sum} ${scheme}:${id}`;
}
