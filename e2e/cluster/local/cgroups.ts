import { access, mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../wait-until.ts';

const ROOT = '/sys/fs/cgroup';
const REMOVE_TIMEOUT_MS = 15_000;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The root of the one hierarchy of cgroup v2, or those of all hierarchies of v1. */
async function hierarchyRoots(): Promise<string[]> {
  if (await exists(join(ROOT, 'cgroup.controllers'))) return [ROOT];
  const entries = await readdir(ROOT, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(ROOT, name));
}

/** A cpuset of cgroup v1 takes no process before it has been given processors and memory. */
async function inheritCpuset(parent: string, own: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!(await exists(join(own, file)))) continue;
    await writeFile(join(own, file), await readFile(join(parent, file), 'utf8'));
  }
}

/** Creates a cgroup in each hierarchy, for the kubelet to put all pods below. */
export async function createCgroups(name: string): Promise<void> {
  for (const root of await hierarchyRoots()) {
    const own = join(root, name);
    await mkdir(own, { recursive: true });
    if (root !== ROOT) await inheritCpuset(root, own);
  }
}

/** The cgroups of this name that exist, one a hierarchy. */
export async function findCgroups(name: string): Promise<string[]> {
  const candidates = (await hierarchyRoots()).map((root) => join(root, name));
  const found = await Promise.all(candidates.map(exists));
  return candidates.filter((_, index) => found[index] === true);
}

async function removeTree(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await removeTree(join(path, entry.name));
  }
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Removes the cgroups of this name and all below. The kernel refuses for a moment after the last process in one has ended. */
export async function removeCgroups(name: string): Promise<void> {
  for (const path of await findCgroups(name)) {
    const attempt = async (): Promise<boolean> => {
      await removeTree(path);
      return true;
    };
    await waitUntil(attempt, {
      what: `the cgroup ${path} to be removed`,
      timeoutMs: REMOVE_TIMEOUT_MS,
    });
  }
}
