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

/** Knows which changes of a file its types refuse. */
export class Compiler {
  readonly #service: ts.LanguageService;
  readonly #sources = new Map<string, { text: string; version: number }>();

  constructor(files: readonly string[]) {
    const { config } = ts.readConfigFile(CONFIG, (path) => readFileSync(path, 'utf8')) as {
      config: unknown;
    };
    const root = dirname(resolve(CONFIG));
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const names = files.map((file) => resolve(file));
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => names,
      getScriptVersion: (path) => `${this.#sources.get(path)?.version ?? 0}`,
      getScriptSnapshot: (path) => {
        const text = this.#sources.get(path)?.text ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: (each) => ts.getDefaultLibFilePath(each),
      fileExists: (path) => ts.sys.fileExists(path),
      readFile: (path) => ts.sys.readFile(path),
    });
  }

  /** Whether the mutant makes no program. Of those who import its file nobody is asked. */
  refuses({ file, start, end, instead }: Mutant): boolean {
    const path = resolve(file);
    const source = readFileSync(path, 'utf8');
    const { version } = this.#sources.get(path) ?? { version: 0 };
    const text = source.slice(0, start) + instead + source.slice(end);
    this.#sources.set(path, { text, version: version + 1 });
    const errors = [
      ...this.#service.getSyntacticDiagnostics(path),
      ...this.#service.getSemanticDiagnostics(path),
    ];
    this.#sources.set(path, { text: source, version: version + 2 });
    return errors.some(({ code }) => !UNTIDY.has(code));
  }
}
