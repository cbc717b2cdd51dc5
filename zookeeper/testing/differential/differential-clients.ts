import type { Acl } from '../../acl.ts';
import type { ZooKeeperClient } from '../../client.ts';
import { ZooKeeperError } from '../../errors.ts';
import { MultiError } from '../../multi-error.ts';
import type { MultiOp, MultiResult } from '../../protocol/multi.ts';
import {
  aclText,
  bytesOf,
  common,
  modes,
  type MultiPart,
  type Read,
  type Step,
} from './differential-steps.ts';
import type { NativeAcl, NativeClient } from '../native-client.ts';

const NO_NODE = -101;
const BAD_VERSION = -103;
const ANY_VERSION = -1;

type SingleChange = Exclude<Step, Read | { kind: 'multi' }>;

function isRead<Other extends { kind: string }>(step: Read | Other): step is Read {
  return (['exists', 'get', 'children', 'getAcl', 'sync'] as string[]).includes(step.kind);
}

/** The result, or the server's number for its refusal; of a multi, also the step that failed. */
export async function outcomeOf(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof MultiError) return `error ${error.serverCode} of ${error.index}`;
    if (error instanceof ZooKeeperError) return `error ${error.serverCode ?? error.code}`;
    const code = error instanceof Error ? /^(-\d+) /.exec(error.message)?.[1] : undefined;
    return `error ${code ?? String(error)}`;
  }
}

function toMultiOp(root: string, part: MultiPart): MultiOp {
  const path = root + part.path;
  switch (part.kind) {
    case 'create':
      return { type: 'create', path, data: part.data, mode: modes[part.flags]! };
    case 'set':
      return { type: 'setData', path, data: part.data, version: part.version };
    default:
      return { type: part.kind, path, version: part.version };
  }
}

function multiOutcome(root: string, result: MultiResult): unknown {
  if (result.type === 'create') return result.path.slice(root.length);
  return result.type === 'setData' ? common(result.stat) : undefined;
}

/** Does a step with this client. */
export async function oursDoes(
  client: ZooKeeperClient,
  root: string,
  step: Step,
): Promise<unknown> {
  if (step.kind === 'multi') {
    const { results } = await client.multi(step.parts.map((part) => toMultiOp(root, part)));
    return results.map((result) => multiOutcome(root, result));
  }
  const path = root + step.path;
  return isRead(step) ? oursReads(client, path, step.kind) : oursChanges(client, root, step);
}

async function oursChanges(
  client: ZooKeeperClient,
  root: string,
  step: SingleChange,
): Promise<unknown> {
  const path = root + step.path;
  switch (step.kind) {
    case 'create': {
      const created = await client.create(path, step.data, { mode: modes[step.flags]! });
      return created.path.slice(root.length);
    }
    case 'set':
      return common(await client.setData(path, step.data, step.version));
    case 'delete':
      return client.delete(path, step.version);
    case 'setAcl':
      // The addon answers nothing.
      return void (await client.setAcl(path, step.acl, step.version));
  }
}

async function oursReads(
  client: ZooKeeperClient,
  path: string,
  kind: Read['kind'],
): Promise<unknown> {
  switch (kind) {
    case 'exists': {
      const stat = await client.exists(path);
      return stat === null ? `error ${NO_NODE}` : common(stat);
    }
    case 'get': {
      const { data, stat } = await client.getData(path);
      return [common(stat), bytesOf(data)];
    }
    case 'children': {
      const { children, stat } = await client.getChildren(path);
      return [children.sort(), common(stat)];
    }
    case 'getAcl': {
      const { acl, stat } = await client.getAcl(path);
      return [acl.map(aclText), common(stat)];
    }
    case 'sync':
      return void (await client.sync(path));
  }
}

/**
 * Does a step with the C library. That has no multi here: what ours did as one is done one by one,
 * and must succeed one by one. What ours was refused changes nothing, so only its first part can
 * be tried, and must be refused likewise if it was the one.
 */
export async function theirsDoes(
  client: NativeClient,
  root: string,
  { step, ours }: { step: Step; ours: unknown },
): Promise<unknown> {
  if (step.kind !== 'multi') return theirsDoesOne(client, root, step);
  const [first] = step.parts;
  if (typeof ours !== 'string') {
    const results: unknown[] = [];
    for (const part of step.parts) {
      results.push(await outcomeOf(theirsDoesOne(client, root, part)));
    }
    return results;
  }
  if (!ours.endsWith(' of 0') || first === undefined) return ours;
  return `${String(await outcomeOf(theirsDoesOne(client, root, first)))} of 0`;
}

async function theirsDoesOne(
  client: NativeClient,
  root: string,
  step: Exclude<Step, { kind: 'multi' }> | MultiPart,
): Promise<unknown> {
  const path = root + step.path;
  return isRead(step) ? theirsReads(client, path, step.kind) : theirsChanges(client, root, step);
}

async function theirsChanges(
  client: NativeClient,
  root: string,
  step: SingleChange | MultiPart,
): Promise<unknown> {
  const path = root + step.path;
  switch (step.kind) {
    case 'create':
      return (await client.create(path, step.data, step.flags)).slice(root.length);
    case 'set':
      return common(await client.set(path, step.data, step.version));
    case 'delete':
      return void (await client.delete_(path, step.version));
    case 'check':
      return check(client, path, step.version);
    case 'setAcl':
      return void (await client.set_acl(path, step.version, step.acl.map(toNativeAcl)));
  }
}

async function theirsReads(
  client: NativeClient,
  path: string,
  kind: Read['kind'],
): Promise<unknown> {
  switch (kind) {
    case 'exists':
      return common(await client.exists(path, false));
    case 'get': {
      const [stat, data] = await client.get(path, false);
      return [common(stat), bytesOf(data)];
    }
    case 'children': {
      const [children, stat] = await client.get_children2(path, false);
      return [ownArray(children).sort(), common(stat)];
    }
    case 'getAcl':
      // Asked for the list of what is not there, the addon takes the process with it.
      await client.exists(path, false);
      return readNativeAcl(client, path);
    case 'sync':
      return void (await client.sync(path));
  }
}

async function check(client: NativeClient, path: string, version: number): Promise<void> {
  const stat = await client.exists(path, false);
  if (version !== ANY_VERSION && stat.version !== version) throw new Error(`${BAD_VERSION} check`);
}

function toNativeAcl({ permissions, scheme, id }: Acl): NativeAcl {
  return { perms: permissions, scheme, auth: id };
}

/** With the Stat that comes with it. */
export async function readNativeAcl(client: NativeClient, path: string): Promise<unknown> {
  const [acl, stat] = await client.get_acl(path);
  const own = ownArray(acl).map(({ perms, scheme, auth }) =>
    aclText({ permissions: perms, scheme, id: auth }),
  );
  return [own, common(stat)];
}

/** An array of the addon has another prototype than those of the test's own context. */
export function ownArray<T>(items: Iterable<T>): T[] {
  return Array.from(items);
}
