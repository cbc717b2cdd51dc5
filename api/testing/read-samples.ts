import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** The objects of a file in manifests/samples. */
export function readSamples(file: string): unknown[] {
  const url = new URL(`../../manifests/samples/${file}`, import.meta.url);
  return parseAllDocuments(readFileSync(url, 'utf8')).map((document) => document.toJS() as unknown);
}
