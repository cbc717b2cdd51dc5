import { build, type Metafile, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { instrument, type Mutant } from './instrument.ts';

export interface Bundle {
  /** Where the module lies. */
  readonly file: string;
  readonly mutants: readonly Mutant[];
  /** Files of unit tests that import a mutated file, by way of others or not. */
  readonly testFiles: readonly string[];
  /** How many imports lie between a file of tests and a mutated one; not a number where there is no way. */
  readonly distance: (testFile: string, mutatedFile: string) => number;
}

/** Beside node_modules, so that packages are found. */
const OUTFILE = `.cache/mutate/tests-${process.pid}.mjs`;

/** jest's module registry is not there: what replaces modules in it cannot run. */
const NEEDS_JEST = 'unstable_mockModule';

/**
 * Bundles all unit tests that have to do with some files into one module, with all mutants of these
 * files in it. Tests register themselves with `globalThis.__tests` (see `test-registry.ts`).
 */
export async function bundleTests(
  mutatedFiles: readonly string[],
  allTestFiles: readonly string[],
): Promise<Bundle> {
  const usable = await withoutJestsOwn(allTestFiles);
  const importers = await importersOf(usable);
  const distances = new Map(mutatedFiles.map((file) => [file, distancesFrom(file, importers)]));
  const testFiles = usable.filter((test) => [...distances.values()].some((each) => each.has(test)));
  const mutants: Mutant[] = [];
  const sources = new Map<string, string>();
  for (const file of mutatedFiles) {
    const made = instrument(file, await readFile(file, 'utf8'), mutants.length);
    sources.set(resolve(file), made.source);
    mutants.push(...made.mutants);
  }
  await build({
    ...common,
    stdin: { contents: entryOf(testFiles), resolveDir: '.', loader: 'ts' },
    outfile: OUTFILE,
    plugins: [testsOf(testFiles), mutated(sources)],
  });
  return {
    ...{ file: OUTFILE, mutants, testFiles },
    distance: (test, file) => distances.get(file)?.get(test) ?? NaN,
  };
}

const common = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'es2022',
  packages: 'external',
  logLevel: 'error',
} as const;

async function withoutJestsOwn(files: readonly string[]): Promise<readonly string[]> {
  const sources = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return files.filter((_, index) => !sources[index]?.includes(NEEDS_JEST));
}

/** Who imports a file, types aside. */
async function importersOf(testFiles: readonly string[]): Promise<Map<string, string[]>> {
  const { metafile } = await build({
    ...common,
    ...{ entryPoints: [...testFiles], outdir: 'nowhere', write: false, metafile: true },
  });
  return invert(metafile);
}

function invert({ inputs }: Metafile): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const [importer, { imports }] of Object.entries(inputs)) {
    for (const { path } of imports) {
      importers.set(path, [...(importers.get(path) ?? []), importer]);
    }
  }
  return importers;
}

function distancesFrom(file: string, importers: ReadonlyMap<string, readonly string[]>) {
  const distances = new Map([[file, 0]]);
  for (const [each, distance] of distances) {
    for (const importer of importers.get(each) ?? []) {
      if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
  }
  return distances;
}

function entryOf(testFiles: readonly string[]): string {
  return testFiles.map((file) => `import 'begin:${file}';\nimport './${file}';`).join('\n');
}

/** What tests import of jest comes from the registry, which is told whose tests come next. */
function testsOf(testFiles: readonly string[]): Plugin {
  const names = 'afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test';
  return {
    name: 'tests',
    setup: (building) => {
      building.onResolve({ filter: /^@jest\/globals$/ }, ({ path }) => ({
        path,
        namespace: 'registry',
      }));
      building.onLoad({ filter: /.*/, namespace: 'registry' }, () => ({
        contents: `export const { ${names} } = globalThis.__tests.globals;`,
      }));
      building.onResolve({ filter: /^begin:/ }, ({ path }) => ({ path, namespace: 'begin' }));
      building.onLoad({ filter: /.*/, namespace: 'begin' }, ({ path }) => ({
        contents: `globalThis.__tests.begin(${testFiles.indexOf(path.slice('begin:'.length))});`,
      }));
    },
  };
}

/** Sources of ours: with their mutants, and where they lie as they would without a bundle. */
function mutated(sources: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'mutated',
    setup: (building) => {
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = sources.get(path) ?? (await readFile(path, 'utf8'));
        const contents = source
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
          .replaceAll('import.meta.filename', JSON.stringify(join(path)));
        return { contents, loader: 'ts' };
      });
    },
  };
}
