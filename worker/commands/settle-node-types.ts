import { CONTROL_ROOT } from '../../api/znode-path.ts';
import type { NodeType, NodeTypes } from '../tree/node-types.ts';
import { makesNodeType } from '../storage/makes-node-type.ts';
import type { Session } from '../storage/session.ts';
import type { WriteFence } from '../storage/write-fence.ts';
import type { CommandContext } from './command.ts';
import type { Run } from './run.ts';

/**
 * Finds out which of the types that rules ask for the destination makes. The others are not asked
 * of it: such znodes become persistent, and the result says so.
 */
export async function settleNodeTypes(
  { logger }: CommandContext,
  { sides: { destination }, facts }: Run,
  { nodeTypes, fence }: { readonly nodeTypes: NodeTypes | null; readonly fence: WriteFence },
): Promise<void> {
  for (const nodeType of nodeTypes?.wanted ?? []) {
    const { type } = nodeType;
    const { ownDir } = fence;
    const { isKeeper } = destination.session;
    if (ownDir !== null && !isKeeper && (await makesNodeType(destination, ownDir, nodeType))) {
      nodeTypes?.canMake(type);
      continue;
    }
    const why = whyNot(destination.session, ownDir, type);
    const remedy = `Znodes of type ${type} become persistent. ${why}`;
    logger.warn('destination makes no znodes of a type', { type, remedy });
    facts.typesNotMade = [...facts.typesNotMade, { type, remedy }];
  }
}

function whyNot(
  { hasTransactions, isKeeper }: Session,
  ownDir: string | null,
  type: NodeType['type'],
): string {
  if (isKeeper) return 'A ClickHouse Keeper is not asked for any: most releases know none.';
  if (!hasTransactions) return 'The driver native makes none: use pipelined.';
  if (ownDir === null) {
    return `Nobody could try whether the destination makes them: let this user create ${CONTROL_ROOT} there.`;
  }
  if (type === 'Container') return 'The destination needs ZooKeeper 3.5.1 or later.';
  return 'Every server of the destination needs ZooKeeper 3.5.4 or later with extendedTypesEnabled=true.';
}
