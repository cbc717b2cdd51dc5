/**
 * Bundles the two programs into self-contained files: dist/operator.js and dist/worker.js.
 * Nothing has to be installed beside them but, for the native driver, its addon.
 */
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

/** The CommonJS packages in the bundle call require() for Node's built-ins; ESM has none of its own. */
const banner =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

for (const program of ['operator', 'worker']) {
  const entry = `${program}/main.ts`;
  if (!existsSync(entry)) throw new Error(`${entry} does not exist`);
  const outfile = `dist/${program}.js`;
  await build({
    entryPoints: [entry],
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
