import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Script } from 'node:vm';

/** A bundled program that is ready to run. */
export interface Program {
  /** False if V8 has to compile, because it was given no code or would not take it. */
  readonly isCodeTaken: boolean;
  run(): void;
  /** What V8 has compiled of it so far. */
  code(): Buffer;
}

/** Where the compiled code of a bundled program lies. */
export function codeFileOf(file: string): string {
  return file.replace(/\.program$/, '.code');
}

/**
 * Loads a bundled program: one function of `require`.
 *
 * @param options.code what V8 compiled of this very program before; null for none. V8 takes it only if
 *   version and flags are its own, and else compiles anew.
 */
export function loadProgram(file: string, { code }: { code: Buffer | null }): Program {
  const filename = resolve(file);
  const script = new Script(readFileSync(filename, 'utf8'), {
    filename,
    ...(code === null ? {} : { cachedData: code }),
  });
  return {
    isCodeTaken: script.cachedDataRejected === false,
    run: () => {
      const program = script.runInThisContext() as (require: NodeJS.Require) => void;
      program(createRequire(filename));
    },
    code: () => script.createCachedData(),
  };
}
