import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { LoggedChange } from '../../zookeeper/testing/index.ts';
import type { ApplicationName } from './application.ts';
import type { RecordedZnode } from './tree-recorder.ts';

/** What an application wrote, as the tests of the worker read it. */
export interface Recording {
  /** With the application running at the source. */
  readonly source: readonly RecordedZnode[];
  /** What it changed at a destination with a copy, by starting there and doing nothing. */
  readonly atDestination: readonly RecordedChange[];
}

export interface RecordedChange {
  readonly kind: LoggedChange['kind'];
  readonly path: string;
  /** Base64; null for null data. Of what was deleted there is none. */
  readonly data?: string | null;
  /** Of what was created. */
  readonly type?: RecordedZnode['kind'];
}

/** What stands in a recording for what differs from machine to machine and from run to run. */
export interface Surroundings {
  readonly directory: string;
  readonly ports: readonly number[];
}

/** Stable stand-ins, as long as what they stand for where a length is part of the data. */
export class Normalizer {
  readonly #replacements: readonly (readonly [RegExp, string])[];
  readonly #numbered = new Map<string, string>();

  constructor({ directory, ports }: Surroundings) {
    const here = dirname(fileURLToPath(import.meta.url));
    const own = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    const literals: [string, string][] = [
      [directory, '/data'],
      [here, '/programs'],
      [hostname(), 'host'],
      ...own.map(({ address }): [string, string] => [address, '10.0.0.1']),
    ];
    this.#replacements = [
      ...literals.map(([found, stable]) => [new RegExp(escape(found), 'g'), stable] as const),
      ...ports.map((port, index) => [numberIn(String(port)), String(31_801 + index)] as const),
      [numberIn('1[78]\\d{11}'), '1796000000000'],
      [/(pid%3D|"pid":"|"pid":)\d+/g, '$14711'],
    ];
  }

  text(text: string): string {
    const replaced = this.#replacements.reduce(
      (current, [pattern, stable]) => current.replace(pattern, stable),
      text,
    );
    return replaced
      .replace(/\d{17,18}(?=-)/g, (found) => this.#stable(found, 'session'))
      .replace(/(?<=_c_)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (found) =>
        this.#stable(found, 'uuid'),
      );
  }

  data(data: string | null): string | null {
    if (data === null) return null;
    return Buffer.from(
      this.text(Buffer.from(data, 'base64').toString('latin1')),
      'latin1',
    ).toString('base64');
  }

  tree(tree: readonly RecordedZnode[]): RecordedZnode[] {
    return tree
      .map((znode) => ({ ...znode, path: this.text(znode.path), data: this.data(znode.data) }))
      .sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  changes(changes: readonly LoggedChange[]): RecordedChange[] {
    return changes.map((change): RecordedChange => {
      const path = this.text(change.path);
      if (change.kind === 'delete') return { kind: 'delete', path };
      const data = this.data(change.data?.toString('base64') ?? null);
      if (change.kind === 'setData') return { kind: 'setData', path, data };
      const type = change.nodeType?.type ?? (change.isEphemeral ? 'Ephemeral' : 'Persistent');
      return { kind: 'create', path, data, type };
    });
  }

  /** The first one found is 1, and so on. */
  #stable(found: string, kind: 'session' | 'uuid'): string {
    const known = this.#numbered.get(found);
    if (known !== undefined) return known;
    const number = String(this.#numbered.size + 1);
    const stable =
      kind === 'session'
        ? `72057594037927${number.padStart(3, '0')}`
        : `00000000-0000-0000-0000-${number.padStart(12, '0')}`;
    this.#numbered.set(found, stable);
    return stable;
  }
}

/** Where the tests of the worker find what an application wrote. */
const DIRECTORY = new URL('../../worker/testing/recorded-trees/', import.meta.url);

export async function readRecording(name: ApplicationName): Promise<Recording | null> {
  const text = await readFile(fileOf(name), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Recording);
}

export async function writeRecording(name: ApplicationName, recording: Recording): Promise<void> {
  const file = fileURLToPath(fileOf(name));
  await mkdir(dirname(file), { recursive: true });
  const options = { ...(await resolveConfig(file)), filepath: file };
  await writeFile(file, await format(JSON.stringify(recording), options));
}

function fileOf(name: ApplicationName): URL {
  return new URL(`${name}.json`, DIRECTORY);
}

/** Not within a longer number. */
function numberIn(pattern: string): RegExp {
  return new RegExp(`(?<!\\d)${pattern}(?!\\d)`, 'g');
}

function escape(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
