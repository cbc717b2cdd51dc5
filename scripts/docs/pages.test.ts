import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const IGNORED = ['node_modules', 'dist', 'deploy', 'coverage', '.git', '.cache'];

/** References, which are searched and not read. */
const REFERENCES = ['docs/api-reference.md', 'docs/benchmarks.md'];

const MOST_WORDS = { page: 1_800, readme: 1_200 } as const;

const files = filesBelow('.');
const pages = new Map(
  files.filter((path) => path.endsWith('.md')).map((path) => [path, readFileSync(path, 'utf8')]),
);

describe('documentation', () => {
  test.each([...pages.keys()])('%s has no link that leads nowhere', (path) => {
    expect(links(text(path)).filter((link) => !leadsSomewhere(path, link))).toEqual([]);
  });

  test('every page can be reached from the README', () => {
    const reached = new Set(['README.md']);
    // What is added while the loop runs is visited, too.
    for (const path of reached) {
      for (const link of links(text(path))) {
        const target = targetOf(path, link);
        if (pages.has(target)) reached.add(target);
      }
    }
    const guides = [...pages.keys()].filter((path) => path.startsWith('docs/'));
    expect(guides.filter((path) => !reached.has(path))).toEqual([]);
  });

  test('docs/architecture.md says what each folder of code is for', () => {
    const folders = new Set(files.filter((path) => path.endsWith('.ts')).map(dirname));
    const missing = [...folders]
      .filter((folder) => !folder.split('/').includes('testing'))
      .filter((folder) => !text('docs/architecture.md').includes(`| \`${folder}/\``));
    expect(missing).toEqual([]);
  });

  test('names of pages in code and manifests are those of pages', () => {
    const dead = files
      .filter((path) => /\.([jt]s|cjs|ya?ml)$|Dockerfile|Makefile/.test(path))
      .flatMap((path) =>
        [...readFileSync(path, 'utf8').matchAll(/\bdocs\/[\w/-]+\.md(#[\w-]+)?/g)]
          .filter(([link]) => !leadsSomewhere('README.md', link))
          .map(([link]) => `${path}: ${link}`),
      );
    expect(dead).toEqual([]);
  });

  test(`no page has more than ${MOST_WORDS.page} words`, () => {
    const guides = [...pages.keys()].filter((path) => path.startsWith('docs/'));
    const long = guides
      .filter((path) => !REFERENCES.includes(path))
      .filter((path) => words(text(path)) > MOST_WORDS.page);
    expect(long).toEqual([]);
  });

  test(`the README has at most ${MOST_WORDS.readme} words`, () => {
    expect(words(text('README.md'))).toBeLessThanOrEqual(MOST_WORDS.readme);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !IGNORED.includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() ? [path] : [];
    });
}

function text(path: string): string {
  return pages.get(path) ?? '';
}

/** As `wc -w` counts them, but for the lines of tables and drawings. */
function words(page: string): number {
  return page.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** Targets of the links to other places of the repository, `file#heading`. */
function links(page: string): string[] {
  return [...withoutCode(page).matchAll(/\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)/gm)]
    .map(([, inline, definition]) => inline ?? definition ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [, heading] = link.split('#');
  const path = targetOf(page, link);
  if (!existsSync(path)) return false;
  return heading === undefined || headings(text(path)).includes(heading);
}

function targetOf(page: string, link: string): string {
  const [file = ''] = link.split('#');
  return file === '' ? page : normalize(join(dirname(page), file));
}

/** The fragments that GitHub gives the headings of a page. */
function headings(page: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutFences(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function withoutFences(page: string): string {
  return page.replace(/^```[^]*?^```$/gm, '');
}

function withoutCode(page: string): string {
  return withoutFences(page).replace(/`[^`\n]*`/g, '');
}
