import type { AclSet } from '../../tree/acl-set.ts';
import type { NodeTypes } from '../../tree/node-types.ts';
import type { TreeWrite } from '../../tree/tree.ts';

/** What is to be written, before it is known how. */
export interface WriteOfData {
  readonly kind: 'create' | 'update';
  readonly path: string;
  readonly data: Buffer | null;
  readonly acl?: AclSet;
}

/** The write that brings data to a path; where that creates the znode, as the type it has to have. */
export function writeOf(write: WriteOfData, nodeTypes: NodeTypes | null): TreeWrite {
  const { kind, path, data, acl } = write;
  if (kind === 'update') return { kind, path, data };
  const nodeType = nodeTypes?.of(path) ?? null;
  const create = acl === undefined ? { kind, path, data } : { kind, path, data, acl };
  return nodeType === null ? create : { ...create, nodeType };
}
