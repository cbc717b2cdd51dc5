/** Equality and existence terms of a label selector: `a=b`, `a==b`, `a!=b`, `a`, `!a`. */
export function matchesSelector(
  labels: Readonly<Record<string, string>>,
  selector: string | undefined,
): boolean {
  if (selector === undefined || selector === '') return true;
  return selector.split(',').every((term) => matchesTerm(labels, term.trim()));
}

function matchesTerm(labels: Readonly<Record<string, string>>, term: string): boolean {
  const comparison = /^([^=!]+)(!=|==?)(.*)$/.exec(term);
  if (comparison === null) {
    return term.startsWith('!') ? !(term.slice(1) in labels) : term in labels;
  }
  const [, name = '', operator, value] = comparison;
  return operator === '!=' ? labels[name] !== value : labels[name] === value;
}
