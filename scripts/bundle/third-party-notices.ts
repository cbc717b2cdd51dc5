import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files in which a package says under which terms it may be passed on. */
const TERMS = /^(licen[cs]e|copying|notice)([-.].*)?$/i;

const FOLDER_OF_PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/**
 * What has to be passed on with a bundle: name, version, licence and the texts of every package that
 * code of the bundle came from, in the order of their names.
 *
 * @param inputs paths of the files in the bundle, as esbuild's metafile lists them
 * @throws Error for a package that names no licence and brings no text of one
 */
export async function thirdPartyNotices(inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((input) => FOLDER_OF_PACKAGE.exec(input)?.[1] ?? []));
  const notices = await Promise.all([...folders].map(noticeOf));
  const sorted = [...new Set(notices)].sort();
  return `${['Third-party software in this program', ...sorted].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
}

async function noticeOf(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license, homepage } = manifest;
  const files = (await readdir(folder)).filter((file) => TERMS.test(file)).sort();
  if (license === undefined && files.length === 0) {
    throw new Error(`${name} ${version} names no licence: it must not be bundled.`);
  }
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const head = [`${name} ${version}`, `Licence: ${license ?? 'see below'}`, homepage];
  return [head.filter((line) => line !== undefined).join('\n'), ...texts.map((text) => text.trim())]
    .join('\n\n')
    .replaceAll('\r\n', '\n');
}
