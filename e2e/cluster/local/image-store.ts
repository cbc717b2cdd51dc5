import { access, copyFile, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findBuildSecrets } from '../build-secrets.ts';
import { ClusterError } from '../cluster-error.ts';
import { repositoryDir } from '../directories.ts';
import { hashImageInputs, type ImageSpec } from '../images.ts';
import type { Progress } from '../progress.ts';
import type { RunCommand } from '../run-command.ts';
import { withWorkDir } from '../work-dir.ts';
import { baseImageTag, ensureBaseImage } from './base-image.ts';
import { createBuildah, type Buildah } from './buildah.ts';
import { pauseImage } from './component-configs.ts';
import type { Programs } from './programs.ts';

export interface ImageStoreOptions {
  readonly run: RunCommand;
  readonly progress: Progress;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Images as files in the cache, ready to be loaded into a node. */
export interface ImageStore {
  /** The pause image, as a file. */
  pauseArchive(programs: Programs): Promise<string>;
  /** Builds an image unless its inputs are those of the last build. @returns the image as a file */
  build(image: ImageSpec): Promise<string>;
  /** An image that was built before, as a file. */
  archiveOf(reference: string): Promise<string>;
}

const BYTES_PER_MEGABYTE = 1e6;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A folder name for all builds of an image. */
export function archiveDirName(reference: string): string {
  return reference.replaceAll(/[^A-Za-z0-9.-]+/g, '_');
}

function buildPauseArchive(buildah: Buildah, program: string, archive: string): Promise<void> {
  return withWorkDir(join(dirname(archive), 'context'), async (workDir) => {
    await copyFile(program, join(workDir, 'pause'));
    const dockerfile = join(workDir, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n');
    await buildah.build({ tag: pauseImage, dockerfile, contextDir: workDir });
    await buildah.save(pauseImage, archive);
  });
}

/** Only the newest build of an image is kept: each takes more than a hundred megabytes. */
async function keepOnly(archive: string): Promise<void> {
  const dir = dirname(archive);
  const others = (await readdir(dir))
    .map((name) => join(dir, name))
    .filter((path) => path !== archive);
  await Promise.all(others.map((path) => rm(path, { force: true })));
}

export function createImageStore(options: ImageStoreOptions): ImageStore {
  const { run, progress, cacheDir, env } = options;
  const buildah = createBuildah(run, join(cacheDir, 'buildah'));
  const archivesOf = (reference: string): string =>
    join(cacheDir, 'images', archiveDirName(reference));

  async function buildFrom(image: ImageSpec, archive: string): Promise<void> {
    await ensureBaseImage({ run, progress, buildah, cacheDir });
    const { reference, dockerfile } = image;
    await progress.step(`building ${reference} from ${dockerfile}`, async () => {
      await buildah.build({
        tag: reference,
        dockerfile: join(repositoryDir, dockerfile),
        contextDir: repositoryDir,
        buildArgs: { NODE_IMAGE: baseImageTag, COMPILER_IMAGE: baseImageTag },
        secrets: await findBuildSecrets(env),
      });
      await buildah.save(reference, archive);
      await keepOnly(archive);
    });
    const megabytes = Math.round((await buildah.sizeOf(reference)) / BYTES_PER_MEGABYTE);
    progress.say(`    ${reference}: ${megabytes} MB`);
  }

  return {
    async pauseArchive({ pause }) {
      // The folder of a built program carries the digest of its sources.
      const build = dirname(pause).split('/').at(-1) ?? '';
      const archive = join(archivesOf(pauseImage), `${build}.tar`);
      if (!(await exists(archive))) {
        await progress.step('building the pause image', () =>
          buildPauseArchive(buildah, pause, archive),
        );
      }
      return archive;
    },
    async build(image) {
      const digest = await hashImageInputs(repositoryDir, image, baseImageTag);
      const archive = join(archivesOf(image.reference), `${digest}.tar`);
      if (!(await exists(archive))) await buildFrom(image, archive);
      return archive;
    },
    async archiveOf(reference) {
      const dir = archivesOf(reference);
      const [archive] = (await readdir(dir).catch(() => [])).filter((name) =>
        name.endsWith('.tar'),
      );
      if (archive !== undefined) return join(dir, archive);
      const file = join(dir, 'loaded.tar');
      if (!(await buildah.exists(reference))) {
        throw new ClusterError(`There is no image ${reference}; run \`build-images\` first.`);
      }
      await buildah.save(reference, file);
      return file;
    },
  };
}

/** Which file was loaded into the node under each name. */
export async function readLoadedImages(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  return JSON.parse(text) as Record<string, string>;
}
