import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';

export interface BundleOptions {
  /**
   * `commonjs` starts sooner than `module`, but nothing in it may await at its top. `function` is an
   * expression: a function of `require` that runs the program, which is what a script with compiled
   * code can hold (`worker/launcher/`).
   */
  readonly as?: 'module' | 'commonjs' | 'function';
}

/** The CommonJS packages in a bundle call require() for Node's built-ins; ESM has none of its own. */
const moduleBanner =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

const wrappers = {
  module: { format: 'esm', banner: { js: moduleBanner } },
  commonjs: { format: 'cjs' },
  function: {
    format: 'cjs',
    banner: { js: '(function (require) {' },
    footer: { js: '})' },
    // A script that came with its code cannot import: require() serves there, too.
    supported: { 'dynamic-import': false },
  },
} as const;

/**
 * Bundles a program into one self-contained file. Nothing has to be installed beside it but, for the
 * native driver, its addon.
 *
 * @returns paths of the files that it holds; their licences stand beside it, not in it
 */
export async function bundleProgram(
  entryPoint: string,
  outfile: string,
  { as = 'module' }: BundleOptions = {},
): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    metafile: true,
    external: ['zookeeper'],
    // Node's own is deprecated, says so at every start, and will be removed; a package of a package asks for it.
    alias: { punycode: 'punycode/punycode.js' },
    define: { 'process.env.RESILIENCY_VERSION': JSON.stringify(await version()) },
    logLevel: 'warning',
    ...wrappers[as],
  });
  return Object.keys(metafile.inputs);
}

async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  return manifest.version;
}
