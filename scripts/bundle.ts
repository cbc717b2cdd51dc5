/**
 * Bundles the two programs into self-contained files: dist/operator.js and dist/worker.js.
 * Nothing has to be installed beside them but, for the native driver, its addon.
 *
 * Usage: tsx scripts/bundle.ts [operator|worker]...   (default: both)
 */
import { build } from 'esbuild';
import { readFile, stat } from 'node:fs/promises';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

/** The CommonJS packages in the bundle call require() for Node's built-ins; ESM has none of its own. */
const banner =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

const named = process.argv.slice(2);

for (const program of named.length > 0 ? named : ['operator', 'worker']) {
  const outfile = `dist/${program}.js`;
  await build({
    entryPoints: [`${program}/main.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    external: ['zookeeper'],
    banner: { js: banner },
    define: { 'process.env.RESILIENCY_VERSION': JSON.stringify(version) },
    logLevel: 'warning',
  });
  const { size } = await stat(outfile);
  console.log(`${outfile} ${(size / 1e6).toFixed(1)} MB`);
}
