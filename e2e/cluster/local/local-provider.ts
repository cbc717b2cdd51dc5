import { access, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import { readClusterInfoFrom, writeClusterInfo, type ClusterInfo } from '../cluster-info.ts';
import type { ClusterProvider, ClusterStatus } from '../cluster-provider.ts';
import type { ImageSpec } from '../images.ts';
import type { ProviderOptions } from '../provider-options.ts';
import { mustRun } from '../run-command.ts';
import { bringUp } from './bring-up.ts';
import { checkHealth } from './health.ts';
import { ensurePackages, requireRootOnLinux } from './debian-packages.ts';
import { createImageStore, readLoadedImages, type ImageStore } from './image-store.ts';
import { checkNetworkIsFree } from './network.ts';
import { clusterPaths, type ClusterPaths } from './node-layout.ts';
import { findNodes, insideNode, requireVisibleInNode } from './node-namespaces.ts';
import { buildPrograms } from './programs.ts';
import { findRemains, tearDown } from './teardown.ts';

const IMPORT_TIMEOUT_MS = 300_000;

/** A node made of namespaces of this machine, where there is no Docker engine: root on Debian. */
export class LocalProvider implements ClusterProvider {
  readonly name = 'local';
  readonly #options: ProviderOptions;
  readonly #paths: ClusterPaths;
  readonly #images: ImageStore;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#paths = clusterPaths(options.stateDir);
    this.#images = createImageStore(options);
  }

  async up(kubernetesVersion: string): Promise<ClusterInfo> {
    requireRootOnLinux();
    const { run, progress, cacheDir, stateDir } = this.#options;
    requireVisibleInNode([stateDir, cacheDir]);
    const running = await readClusterInfoFrom(stateDir);
    if (running?.kubernetesVersion === kubernetesVersion) {
      const problems = await checkHealth(this.#paths);
      if (problems.length === 0) return running;
      progress.say(`  the cluster that is there is not healthy: ${problems.join('; ')}`);
    }
    await ensurePackages(run, progress);
    const programs = await buildPrograms(kubernetesVersion, { run, progress, cacheDir });
    const pauseArchive = await this.#images.pauseArchive(programs);
    if ((await findRemains(run, this.#paths)).length > 0) {
      await progress.step('removing what an earlier cluster left', () =>
        tearDown(run, this.#paths),
      );
    }
    await checkNetworkIsFree(run);
    await rm(stateDir, { recursive: true, force: true });
    const context = { kubernetesVersion, programs, paths: this.#paths };
    const info = await bringUp(context, { run, progress, pauseArchive });
    await writeClusterInfo(stateDir, info);
    return info;
  }

  async down(): Promise<void> {
    requireRootOnLinux();
    const { run } = this.#options;
    await tearDown(run, this.#paths);
    const remains = await findRemains(run, this.#paths);
    if (remains.length > 0) {
      throw new ClusterError(`The cluster could not be removed completely: ${remains.join(', ')}.`);
    }
  }

  async status(): Promise<ClusterStatus> {
    const info = await readClusterInfoFrom(this.#options.stateDir);
    if (info !== null) {
      const problems = await checkHealth(this.#paths);
      return problems.length === 0
        ? { state: 'running', details: [`Kubernetes ${info.kubernetesVersion}`] }
        : { state: 'broken', details: problems };
    }
    const remains = await findRemains(this.#options.run, this.#paths);
    return remains.length === 0
      ? { state: 'absent', details: [] }
      : { state: 'broken', details: remains.map((what) => `left over: ${what}`) };
  }

  async buildImages(images: readonly ImageSpec[]): Promise<void> {
    requireRootOnLinux();
    await ensurePackages(this.#options.run, this.#options.progress);
    for (const image of images) await this.#load(image.reference, await this.#images.build(image));
  }

  async loadImage(reference: string): Promise<void> {
    await this.#load(reference, await this.#images.archiveOf(reference));
  }

  async logNames(): Promise<readonly string[]> {
    const files = await readdir(this.#paths.logDir).catch(() => []);
    return files.map((file) => file.replace(/\.log$/, '')).sort();
  }

  async readLog(name: string): Promise<string> {
    const names = await this.logNames();
    if (!names.includes(name)) {
      throw new ClusterError(`There is no log ${name}; there are ${names.join(', ') || 'none'}.`);
    }
    return readFile(join(this.#paths.logDir, `${name}.log`), 'utf8');
  }

  async #load(reference: string, archive: string): Promise<void> {
    const [init] = findNodes(this.#paths);
    if (init === undefined) throw new ClusterError('No cluster is up; run `up` first.');
    const loaded = await readLoadedImages(this.#paths.loadedImages);
    if (loaded[reference] === archive) return;
    await access(archive);
    const { run, progress } = this.#options;
    await progress.step(`loading ${reference}`, () =>
      mustRun(
        run,
        insideNode(init, {
          program: 'ctr',
          args: ['--namespace', 'k8s.io', 'image', 'import', archive],
          timeoutMs: IMPORT_TIMEOUT_MS,
        }),
      ),
    );
    await mkdir(this.#paths.stateDir, { recursive: true });
    const record = { ...loaded, [reference]: archive };
    await writeFile(this.#paths.loadedImages, JSON.stringify(record, null, 2));
  }
}
