/**
 * Writes what is made from api/: manifests/crds.yaml, docs/api-reference.md and the pages of reasons, exit
 * codes and server errors in docs/operations/; and what is made from manifests/operator.yaml,
 * operator-openshift.yaml.
 * With --check it writes nothing and fails if one of them is not what it would write.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { KINDS } from '../api/v1alpha1/kinds.ts';
import { crdsYaml } from './generate/crd.ts';
import { openshiftYaml } from './generate/openshift.ts';
import { lookupPages } from './generate/lookup-pages.ts';
import { referenceMarkdown } from './generate/reference.ts';

const root = new URL('../', import.meta.url);

const files: Readonly<Record<string, () => string>> = {
  'manifests/crds.yaml': () => crdsYaml(KINDS),
  'manifests/operator-openshift.yaml': () =>
    openshiftYaml(current('manifests/operator.yaml') ?? ''),
  'docs/api-reference.md': () => referenceMarkdown(KINDS),
  ...Object.fromEntries(
    Object.entries(lookupPages(KINDS)).map(([name, text]) => [
      `docs/operations/${name}`,
      () => text,
    ]),
  ),
};

function main(words: readonly string[]): void {
  const unknown = words.filter((word) => word !== '--check');
  if (unknown.length > 0) fail(`unknown argument ${unknown.join(' ')}; only --check is known`);
  const drifted = Object.entries(files).filter(([path, make]) => current(path) !== make());
  if (words.includes('--check')) {
    const list = drifted.map(([path]) => `  ${path}`).join('\n');
    if (drifted.length > 0)
      fail(`not up to date with what they are made from:\n${list}\nRun: make generate`);
    return;
  }
  for (const [path, make] of drifted) {
    writeFileSync(new URL(path, root), make());
    console.log(`wrote ${path}`);
  }
}

function current(path: string): string | null {
  const url = new URL(path, root);
  return existsSync(url) ? readFileSync(url, 'utf8') : null;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

main(process.argv.slice(2));
