import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../../zookeeper/index.ts';
import type { NodeType } from '../tree/node-types.ts';
import { codeOf } from './error-code.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';

/** Of the transaction as a whole: the server does not know what stands in it. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MarshallingError',
  'Unimplemented',
  'BadArguments',
]);

/** A server that does not know a request may drop the connection on it. */
const MAX_ATTEMPTS = 3;

/**
 * Tries whether a side makes znodes of a type, in a transaction that leaves nothing behind. Servers
 * that know the type, and are not to make it, say `Unimplemented`; older ones cannot even read the
 * request and say `MarshallingError`.
 *
 * @param dir a znode of our own to try it below
 */
export async function makesNodeType(side: Side, dir: string, nodeType: NodeType): Promise<boolean> {
  const path = `${dir}/type-${randomUUID()}`;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    try {
      const { refusal } = await side.session.write([
        { kind: 'create', path, data: null, nodeType },
        { kind: 'delete', path },
      ]);
      return refusal === null;
    } catch (error) {
      const code = codeOf(error);
      if (code !== null && REFUSALS.has(code)) return false;
      if (code !== 'ConnectionLoss') throw sessionFailure(side, error);
    }
  }
  return false;
}
