import { Command, Option } from 'commander';
import { ClusterError } from './cluster-error.ts';
import { chooseProvider, providerNames } from './choose-provider.ts';
import { readClusterInfoFrom } from './cluster-info.ts';
import type { ClusterProvider } from './cluster-provider.ts';
import { defaultCacheDir, defaultStateDir } from './directories.ts';
import { dumpCluster } from './dump.ts';
import { operatorImage, workerImage } from './images.ts';
import { readClusterInfo } from './index.ts';
import { isOnPath } from './is-on-path.ts';
import { defaultKubernetesVersion, parseKubernetesVersion } from './kubernetes-versions.ts';
import { withLock } from './lock.ts';
import { createProgress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { shellSetup } from './shell-setup.ts';

interface GlobalOptions {
  provider?: 'kind' | 'local';
  kubernetesVersion: string;
}

const progress = createProgress((line) => process.stderr.write(line));
const stateDir = defaultStateDir();

async function provider(program: Command): Promise<ClusterProvider> {
  return chooseProvider(program.opts<GlobalOptions>().provider, {
    stateDir,
    cacheDir: defaultCacheDir(),
    run: runCommand,
    progress,
    env: process.env,
  });
}

/** Wraps an action that changes the cluster: one at a time. */
function changing<T extends unknown[]>(action: (...args: T) => Promise<void>) {
  return (...args: T): Promise<void> => withLock(`${stateDir}.lock`, () => action(...args));
}

async function up(program: Command): Promise<void> {
  const version = parseKubernetesVersion(program.opts<GlobalOptions>().kubernetesVersion);
  const cluster = await provider(program);
  progress.say(`Bringing up Kubernetes ${version} (${cluster.name})`);
  const info = await progress.step('cluster up', () => cluster.up(version));
  const lines = shellSetup(info, await isOnPath('kubectl'));
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function showLogs(program: Command, name: string | undefined): Promise<void> {
  const cluster = await provider(program);
  if (name !== undefined) process.stdout.write(await cluster.readLog(name));
  else process.stdout.write(`${(await cluster.logNames()).join('\n')}\n`);
}

async function showStatus(program: Command): Promise<void> {
  const cluster = await provider(program);
  const { state, details } = await cluster.status();
  process.stdout.write([`${state} (${cluster.name})`, ...details].join('\n  ') + '\n');
  if (state !== 'running') process.exitCode = 1;
}

function createProgram(): Command {
  const program = new Command('cluster')
    .description('A Kubernetes cluster of one node and two ZooKeeper servers, for demo and tests')
    .addOption(
      new Option(
        '--provider <name>',
        'default: kind where a Docker engine answers, else local',
      ).choices(providerNames),
    )
    .addOption(
      new Option('--kubernetes-version <version>', 'release to run')
        .env('KUBERNETES_VERSION')
        .default(defaultKubernetesVersion),
    );
  program
    .command('up')
    .description('bring the cluster up; prints how to point kubectl at it')
    .action(changing(() => up(program)));
  program
    .command('down')
    .description('remove the cluster; what was built stays cached')
    .action(changing(async () => (await provider(program)).down()));
  program
    .command('build-images')
    .description('build the operator and worker images where something changed, and load them')
    .action(
      changing(async () => (await provider(program)).buildImages([operatorImage, workerImage])),
    );
  program
    .command('load <image>')
    .description('load an image of the local image store into the cluster')
    .action(changing(async (image: string) => (await provider(program)).loadImage(image)));
  program
    .command('logs [name]')
    .description('print a log of the cluster; without a name, the names')
    .action((name: string | undefined) => showLogs(program, name));
  program
    .command('dump <dir>')
    .description('write everything that helps to understand a failure into a folder')
    .action(async (dir: string) =>
      dumpCluster(await provider(program), {
        ...{ dir, run: runCommand },
        info: await readClusterInfoFrom(stateDir),
      }),
    );
  program
    .command('kubeconfig')
    .description('print the path of the kubeconfig')
    .action(async () => {
      process.stdout.write(`${(await readClusterInfo()).kubeconfigPath}\n`);
    });
  program
    .command('status')
    .description('say whether the cluster is running, broken or absent')
    .action(() => showStatus(program));
  return program;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof ClusterError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
