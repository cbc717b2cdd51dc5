import { readClusterInfoFrom, type ProviderName } from './cluster-info.ts';
import type { ClusterProvider } from './cluster-provider.ts';
import { KindProvider } from './kind/kind-provider.ts';
import { LocalProvider } from './local/local-provider.ts';
import type { ProviderOptions } from './provider-options.ts';

export const providerNames: readonly ProviderName[] = ['kind', 'local'];

/** A Docker client may be installed without an engine; only an engine prints its version. */
async function hasDockerEngine({ run }: ProviderOptions): Promise<boolean> {
  const args = ['info', '--format', '{{.ServerVersion}}'];
  const { exitCode, stdout } = await run({ program: 'docker', args, timeoutMs: 20_000 });
  return exitCode === 0 && stdout.trim() !== '';
}

/**
 * The provider that was asked for; else that of the cluster that is up; else kind where a Docker
 * engine answers; else the local one.
 */
export async function chooseProvider(
  name: ProviderName | undefined,
  options: ProviderOptions,
): Promise<ClusterProvider> {
  const running = await readClusterInfoFrom(options.stateDir);
  const chosen = name ?? running?.provider ?? ((await hasDockerEngine(options)) ? 'kind' : 'local');
  return chosen === 'kind' ? new KindProvider(options) : new LocalProvider(options);
}
