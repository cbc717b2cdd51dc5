import ts from 'typescript';
import { calledName } from './calls.ts';

/** Calls whose function says yes or no. */
const ASKING_CALLS: ReadonlySet<string> = new Set([
  ...['filter', 'some', 'every', 'find', 'findIndex', 'findLast', 'findLastIndex'],
]);

/** Both answers where something is decided; a loop is only ended, and a case never reached. */
export function conditionsInPlaceOf(node: ts.Node): readonly string[] {
  const { parent } = node;
  if (isDecisive(node)) return ['true', 'false'];
  if (ts.isWhileStatement(parent) && parent.expression === node) return ['false'];
  if (ts.isForStatement(parent) && parent.condition === node) return ['false'];
  if (ts.isCaseClause(parent) && parent.expression === node) return ['Symbol()'];
  return [];
}

/** Whether a node is what an `if`, a choice, or a function that is asked for a yes or no goes by. */
export function isDecisive(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  if (!ts.isArrowFunction(parent) || parent.body !== node || ts.isBlock(node)) return false;
  return ts.isCallExpression(parent.parent) && ASKING_CALLS.has(calledName(parent.parent) ?? '');
}
