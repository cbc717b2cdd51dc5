import ts from 'typescript';

/** Calls without which there is still a value of the same kind. */
const SPARED: ReadonlySet<string> = new Set([
  ...['filter', 'slice', 'sort', 'toSorted', 'reverse', 'toReversed', 'concat'],
  ...['trim', 'trimEnd', 'toLowerCase', 'toUpperCase'],
]);

const SWAPPED: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
]);

/** A list that is not filtered, sorted or cut; all in place of some. */
export function callsInPlaceOf(node: ts.Node): readonly string[] {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
  const { expression: receiver, name } = node.expression;
  if (SPARED.has(name.text)) return [receiver.getText()];
  const other = SWAPPED.get(name.text);
  if (other === undefined) return [];
  const given = node.arguments.map((argument) => argument.getText()).join(', ');
  return [`${receiver.getText()}.${other}(${given})`];
}

/** Of `list.filter(…)` the word `filter`. */
export function calledName({ expression }: ts.CallExpression): string | undefined {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined;
}
