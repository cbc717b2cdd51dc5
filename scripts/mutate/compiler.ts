import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import type { Mutant } from './instrument.ts';

const CONFIG = 'tsconfig.json';

/**
 * What is only untidy: names that nobody uses any more, code that is never reached, comparisons whose
 * outcome is clear. Whoever makes the change by hand tidies up.
 */
const UNTIDY: ReadonlySet<number> = new Set([
  ...[2367, 2869, 2870, 2871, 2872, 2873],
  ...[6133, 6138, 6192, 6196, 6198, 6199, 7027],
]);

/**
 * The mutants that types refuse: changes that nobody could make. Each stands beside its file, in one
 * program with all others; of those who import the file nobody is asked.
 */
export function refusedByTypes(mutants: readonly Mutant[]): ReadonlySet<Mutant> {
  const sources = new Map(mutants.map((mutant) => [placeOf(mutant), changed(mutant)]));
  const { options, host } = compiler(sources);
  const program = ts.createProgram({ rootNames: [...sources.keys()], options, host });
  return new Set(mutants.filter((mutant) => isRefused(program, placeOf(mutant))));
}

function placeOf({ file, id }: Mutant): string {
  return resolve(dirname(file), `mutant-${id}.ts`);
}

function changed({ file, start, end, instead }: Mutant): string {
  const source = readFileSync(file, 'utf8');
  return source.slice(0, start) + instead + source.slice(end);
}

function compiler(sources: ReadonlyMap<string, string>) {
  const root = dirname(resolve(CONFIG));
  const { config } = ts.readConfigFile(CONFIG, (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    getSourceFile: (path, ...more) => {
      const text = sources.get(path);
      return text === undefined
        ? disk.getSourceFile(path, ...more)
        : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    },
    fileExists: (path) => sources.has(path) || disk.fileExists(path),
  };
  return { options: { ...options, incremental: false }, host };
}

function isRefused(program: ts.Program, path: string): boolean {
  const file = program.getSourceFile(path);
  if (file === undefined) return false;
  const errors = [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ];
  return errors.some(({ code }) => !UNTIDY.has(code));
}
