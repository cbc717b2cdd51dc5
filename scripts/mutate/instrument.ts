import ts from 'typescript';
import { changesOf, NOTHING } from './changes/changes-of.ts';

/** One change of one file. */
export interface Mutant {
  /** Unique among all files of a run. */
  readonly id: number;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The line as it stands in the file, without the space around it. */
  readonly lineText: string;
  readonly was: string;
  /** Empty for what is left out. */
  readonly becomes: string;
  /** Where in the file it begins and ends, and what stands there with it. */
  readonly start: number;
  readonly end: number;
  readonly instead: string;
}

export interface Instrumented {
  /** The source with all mutants in it: which of them is alive says `globalThis.__isMutant(id)`. */
  readonly source: string;
  readonly mutants: readonly Mutant[];
}

/** Puts all mutants of a file into its source, so that it is compiled and loaded once for all. */
export function instrument(file: string, source: string, firstId: number): Instrumented {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
  const lines = source.split('\n');
  const mutants: Mutant[] = [];

  const addMutant = (node: ts.Node, becomes: string): string => {
    const id = firstId + mutants.length;
    const { line } = parsed.getLineAndCharacterOfPosition(node.getStart());
    const lineText = (lines[line] ?? '').trim();
    const place = { start: node.getStart(), end: node.end, instead: insteadOf(node, becomes) };
    mutants.push({ id, file, line: line + 1, lineText, was: node.getText(), becomes, ...place });
    return `globalThis.__isMutant(${id})`;
  };

  const withChildren = (node: ts.Node): string => {
    let text = '';
    let at = node.getStart();
    ts.forEachChild(node, (child) => {
      text += source.slice(at, child.getStart()) + emit(child);
      at = child.end;
    });
    return text + source.slice(at, node.end);
  };

  const emit = (node: ts.Node): string => {
    if (isNoValue(node)) return node.getText();
    const changes = isInsideChain(node) ? [] : changesOf(node);
    // Before those of its children, so that they are numbered as they are read.
    const alternatives = changes.map((becomes) => ({ isAlive: addMutant(node, becomes), becomes }));
    return alternatives.reduceRight(
      (text, alternative) => choice(node, { ...alternative, text }),
      withChildren(node),
    );
  };

  return { source: withChildren(parsed), mutants };
}

interface Alternative {
  readonly isAlive: string;
  readonly becomes: string;
  /** The code as it is, with whatever mutants are in it. */
  readonly text: string;
}

function choice(node: ts.Node, { isAlive, becomes, text }: Alternative): string {
  if (becomes !== NOTHING) return `(${isAlive} ? (${becomes}) : ${text})`;
  if (ts.isStatement(node)) return `{ if (!${isAlive}) ${text} }`;
  if (ts.isObjectLiteralElementLike(node)) return `...(${isAlive} ? {} : { ${text} })`;
  return `...(${isAlive} ? [] : [${text}])`;
}

/** A node that is left out leaves something of its kind. */
function insteadOf(node: ts.Node, becomes: string): string {
  if (becomes !== NOTHING) return `(${becomes})`;
  if (ts.isStatement(node)) return ';';
  return ts.isObjectLiteralElementLike(node) ? '...{}' : '...[]';
}

/** Types, names from elsewhere, and patterns that are assigned to: nothing in them is computed here. */
function isNoValue(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isTypeParameterDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    isPattern(node) ||
    isLogging(node)
  );
}

/** What is logged is for people; nothing goes by it. */
function isLogging(node: ts.Node): boolean {
  return ts.isExpressionStatement(node) && /^(\S*\.)?#?logger[.?]/.test(node.getText());
}

function isPattern(node: ts.Node): boolean {
  const { parent } = node;
  return (
    (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node)) &&
    ts.isBinaryExpression(parent) &&
    parent.left === node
  );
}

/** In `a?.b.c` nothing but the whole can be put into parentheses. */
function isInsideChain(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isOptionalChain(parent) && parent.expression === node;
}
