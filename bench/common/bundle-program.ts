import { build } from 'esbuild';

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
    logLevel: 'warning',
  });
}
