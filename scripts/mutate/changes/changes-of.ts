import ts from 'typescript';
import { callsInPlaceOf } from './calls.ts';
import { conditionsInPlaceOf } from './conditions.ts';
import { literalsInPlaceOf } from './literals.ts';
import { operationsInPlaceOf } from './operations.ts';

/** In place of what is left out. */
export const NOTHING = '';

/**
 * What could stand in place of a node: source text, {@link NOTHING} where the node is left out. Words
 * for people are left alone: a string counts only if it has no space, and of a template the parts that
 * are put in. So are figures that have a name of their own.
 */
export function changesOf(node: ts.Node): readonly string[] {
  if (isStep(node)) return [NOTHING];
  const others = [
    ...conditionsInPlaceOf(node),
    ...operationsInPlaceOf(node),
    ...callsInPlaceOf(node),
    ...literalsInPlaceOf(node),
  ];
  const changes = [...new Set(others)].filter((text) => text !== node.getText());
  return isListMember(node) ? [NOTHING, ...changes] : changes;
}

/** A statement without which the others are still a program. */
function isStep(node: ts.Node): boolean {
  if (ts.isExpressionStatement(node)) return !isSuperCall(node.expression);
  return (
    ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node)
  );
}

function isSuperCall(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword;
}

/** Of an object or an array that is made here. */
function isListMember(node: ts.Node): boolean {
  return (
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isSpreadAssignment(node) ||
    (ts.isArrayLiteralExpression(node.parent) && !ts.isOmittedExpression(node))
  );
}
