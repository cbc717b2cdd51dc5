/** A tree that is copied: every znode of it has the same amount of data. */
export interface TreeShape {
  readonly name: string;
  /** For the report. */
  readonly description: string;
  readonly dataBytes: number;
  /** For the heap of each server. */
  readonly heapGiB: number;
  /** Paths below the root, parents before their children. */
  readonly paths: () => Iterable<string>;
  /** The peer on npm `zookeeper` would take minutes for one pass. */
  readonly tooLongForPeer?: true;
}

export const root = '/bench';

const USUAL_BYTES = 256;

/** The trees that targets exist for; sizes are scaled by `znodes / default`. */
export function treeShapes(znodes: number): readonly TreeShape[] {
  const usual = { dataBytes: USUAL_BYTES, heapGiB: 2 };
  return [
    {
      ...usual,
      name: 'wide',
      description: `${znodes / 100} × 100`,
      paths: () => twoLevels(znodes / 100, 100),
    },
    {
      ...usual,
      name: 'flat',
      description: `${znodes} under one parent`,
      paths: () => oneLevel(znodes),
    },
    {
      ...usual,
      name: 'deep',
      description: `${znodes / 100} chains of 100`,
      paths: () => chains(znodes / 100, 100),
    },
    {
      ...usual,
      name: 'million',
      description: `${znodes / 10} × 100`,
      heapGiB: 3,
      paths: () => twoLevels(znodes / 10, 100),
      tooLongForPeer: true,
    },
    {
      name: 'large',
      description: `${znodes / 50} of 500 KB`,
      dataBytes: 500_000,
      heapGiB: 4,
      paths: () => oneLevel(znodes / 50),
    },
  ];
}

function* oneLevel(count: number): Iterable<string> {
  for (let index = 0; index < count; index += 1) yield `${root}/${name('z', index)}`;
}

function* twoLevels(parents: number, children: number): Iterable<string> {
  for (let parent = 0; parent < parents; parent += 1) {
    const path = `${root}/${name('p', parent)}`;
    yield path;
    for (let child = 0; child < children; child += 1) yield `${path}/${name('z', child)}`;
  }
}

function* chains(count: number, depth: number): Iterable<string> {
  for (let chain = 0; chain < count; chain += 1) {
    let path = `${root}/${name('c', chain)}`;
    yield path;
    for (let level = 1; level < depth; level += 1) yield (path += '/d');
  }
}

function name(prefix: string, index: number): string {
  return prefix + String(index).padStart(6, '0');
}

/** Another value for each znode and each version of it. */
export function znodeData(bytes: number, index: number, version: number): Buffer {
  return Buffer.alloc(bytes, `${index}.${version}|`);
}
