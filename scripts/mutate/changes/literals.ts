import ts from 'typescript';

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
]);

/** Another value; of a template, nothing for a part that is put in. */
export function literalsInPlaceOf(node: ts.Node): readonly string[] {
  if (isPutIn(node)) return ["''"];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false'];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ['true'];
  if (isKey(node) || isCompared(node)) return [];
  return ts.isStringLiteralLike(node) ? textsInPlaceOf(node) : numbersInPlaceOf(node);
}

function isPutIn(node: ts.Node): boolean {
  return ts.isTemplateSpan(node.parent) && node.parent.expression === node;
}

function textsInPlaceOf(node: ts.StringLiteralLike): readonly string[] {
  if (node.text.includes(' ') || isLeftOutAsWhole(node)) return [];
  return [node.text === '' ? "'mutant'" : "''"];
}

/** The part of an object or array, or the side of a choice, that it is all of. */
function isLeftOutAsWhole({ parent }: ts.Node): boolean {
  return (
    ts.isPropertyAssignment(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isBinaryExpression(parent) ||
    ts.isBindingElement(parent)
  );
}

function numbersInPlaceOf(node: ts.Node): readonly string[] {
  if (isFigure(node)) return [];
  if (ts.isNumericLiteral(node)) return [`${Number(node.text) + 1}`];
  if (ts.isBigIntLiteral(node)) return [node.text === '0n' ? '1n' : '0n'];
  return [];
}

/** `const SOMETHING_MS = 5 * 60_000`: a test that repeats the figure would prove nothing. */
export function isFigure({ parent }: ts.Node): boolean {
  if (ts.isBinaryExpression(parent) || ts.isPrefixUnaryExpression(parent)) return isFigure(parent);
  return ts.isVariableDeclaration(parent) && /^[A-Z][A-Z_0-9]*$/.test(parent.name.getText());
}

/** Of an object; or a directive like 'use strict'. */
function isKey(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent)) return parent.name === node;
  return ts.isExpressionStatement(parent);
}

/** With which something is compared: the comparison itself is changed. */
function isCompared(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isCaseClause(parent)) return parent.expression === node;
  return ts.isBinaryExpression(parent) && COMPARISONS.has(parent.operatorToken.kind);
}
