import type { AclSet } from '../tree/acl-set.ts';
import type { Session, StepRefusal, WriteStep } from './session.ts';

/** What a control znode is to hold, and under which steps that must hold, too. */
export interface PutRequest {
  readonly checks: readonly WriteStep[];
  readonly path: string;
  readonly data: Buffer;
  /** Of one that is made; null: everybody may do everything. */
  readonly acl: AclSet | null;
}

/**
 * Changes a znode, or makes it where there is none.
 *
 * @returns null if that was done; else why not, and nothing was done
 */
export async function putZnode(
  session: Session,
  { checks, path, data, acl }: PutRequest,
): Promise<StepRefusal | null> {
  const updated = await session.write([...checks, { kind: 'update', path, data }]);
  const isMissing = updated.refusal?.code === 'NoNode' && updated.refusal.index === checks.length;
  if (!isMissing) return updated.refusal;
  const create: WriteStep = { kind: 'create', path, data };
  const created = await session.write([...checks, acl === null ? create : { ...create, acl }]);
  return created.refusal;
}
