import type { Session, StepRefusal, WriteStep } from './session.ts';

/** What a control znode is to hold, and under which steps that must hold, too. */
export interface PutRequest {
  readonly checks: readonly WriteStep[];
  readonly path: string;
  readonly data: Buffer;
}

/**
 * Changes a znode, or makes it where there is none.
 *
 * @returns null if that was done; else why not, and nothing was done
 */
export async function putZnode(
  session: Session,
  { checks, path, data }: PutRequest,
): Promise<StepRefusal | null> {
  const updated = await session.write([...checks, { kind: 'update', path, data }]);
  if (updated.refusal === null) return null;
  const created = await session.write([...checks, { kind: 'create', path, data }]);
  return created.refusal;
}
