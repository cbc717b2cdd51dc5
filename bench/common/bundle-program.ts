import { build } from 'esbuild';

/** The CommonJS packages in a bundle call require() for Node's built-ins; ESM has none of its own. */
const banner =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

/** Bundles a program as the worker is (scripts/bundle.ts): what is measured is what is shipped. */
export async function bundleProgram(entryPoint: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    minify: true,
    keepNames: true,
    external: ['zookeeper'],
    banner: { js: banner },
    logLevel: 'warning',
  });
}
