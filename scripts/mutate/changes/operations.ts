import ts from 'typescript';
import { isDecisive } from './conditions.ts';
import { isFigure } from './literals.ts';

const NEGATED: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.LessThanToken, '>='],
  [ts.SyntaxKind.LessThanEqualsToken, '>'],
  [ts.SyntaxKind.GreaterThanToken, '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '<'],
]);

/** Other bounds, other operations, or an assignment that always happens. */
const SWAPPED: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.AsteriskToken, '/'],
  [ts.SyntaxKind.SlashToken, '*'],
  [ts.SyntaxKind.PercentToken, '*'],
  [ts.SyntaxKind.PlusEqualsToken, '-='],
  [ts.SyntaxKind.MinusEqualsToken, '+='],
  [ts.SyntaxKind.QuestionQuestionEqualsToken, '='],
  [ts.SyntaxKind.BarBarEqualsToken, '='],
]);

const CHOICES: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** A choice becomes each of its sides, a comparison another one, a sum a difference. */
export function operationsInPlaceOf(node: ts.Node): readonly string[] {
  if (ts.isPrefixUnaryExpression(node)) {
    const isNegation = node.operator === ts.SyntaxKind.ExclamationToken;
    return isNegation && !isTriedOtherwise(node) ? [node.operand.getText()] : [];
  }
  if (!ts.isBinaryExpression(node) || isFigure(node) || joinsText(node)) return [];
  const { left, right, operatorToken } = node;
  if (CHOICES.has(operatorToken.kind)) return [left.getText(), right.getText()];
  const negated = isTriedOtherwise(node) ? undefined : NEGATED.get(operatorToken.kind);
  return [SWAPPED.get(operatorToken.kind), negated]
    .filter((operator) => operator !== undefined)
    .map((operator) => `${left.getText()} ${operator} ${right.getText()}`);
}

/** What decides by itself becomes both answers; a choice is tried without each of its sides. */
function isTriedOtherwise(node: ts.Node): boolean {
  const { parent } = node;
  const isSide = ts.isBinaryExpression(parent) && CHOICES.has(parent.operatorToken.kind);
  return isSide || isDecisive(node);
}

function joinsText({ left, right, operatorToken }: ts.BinaryExpression): boolean {
  const isText = (side: ts.Expression): boolean =>
    ts.isStringLiteralLike(side) || ts.isTemplateExpression(side);
  return operatorToken.kind === ts.SyntaxKind.PlusToken && (isText(left) || isText(right));
}
