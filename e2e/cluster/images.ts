import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** An image of this project. */
export interface ImageSpec {
  readonly reference: string;
  /** Relative to the root of the checkout. */
  readonly dockerfile: string;
  /** Files and folders that the Dockerfile copies, relative to the root of the checkout. */
  readonly inputs: readonly string[];
}

const commonInputs = [
  '.dockerignore',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'scripts/bundle',
  'api',
  'assets',
  'common',
  'zookeeper',
];

export const operatorImage: ImageSpec = {
  reference: 'quay.io/astrokube/resiliency-operator:v1.0.0',
  dockerfile: 'Dockerfile.operator',
  inputs: ['Dockerfile.operator', 'operator', ...commonInputs],
};

export const workerImage: ImageSpec = {
  reference: 'quay.io/astrokube/resiliency-operator-worker:v1.0.0',
  dockerfile: 'Dockerfile.worker',
  inputs: ['Dockerfile.worker', 'worker', ...commonInputs],
};

/** Tests are not part of an image, see .dockerignore. */
const notCopied = /(^|\/)testing(\/|$)|\.test\.ts$/;

async function listFiles(rootDir: string, path: string): Promise<string[]> {
  const entries = await readdir(join(rootDir, path), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return null;
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  if (entries === null) return [path];
  const lists = await Promise.all(entries.map(({ name }) => listFiles(rootDir, `${path}/${name}`)));
  return lists.flat();
}

/**
 * A digest of everything that goes into an image: two equal ones need no second build.
 *
 * @param salt whatever else decides how the image comes out, for example the base image
 */
export async function hashImageInputs(
  rootDir: string,
  image: ImageSpec,
  salt: string,
): Promise<string> {
  const lists = await Promise.all(image.inputs.map((path) => listFiles(rootDir, path)));
  const files = lists
    .flat()
    .filter((path) => !notCopied.test(path))
    .sort();
  const hash = createHash('sha256').update(salt);
  for (const path of files) {
    const content = await readFile(join(rootDir, path));
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}
