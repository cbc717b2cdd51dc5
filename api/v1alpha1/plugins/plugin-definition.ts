import type { TObject } from '../../schema/builders.ts';

/** What the API says of a plugin. */
export interface PluginDefinition {
  /** The documented name first; the others mean the same plugin. */
  readonly names: readonly [string, ...string[]];
  /** The schema of its `spec.config`. */
  readonly config: TObject;
  /** Fields of its config that name an asset of the same namespace, and the kind of each. */
  readonly assets: Readonly<Record<string, AssetKind>>;
}

export type AssetKind = 'Database' | 'Bucket' | 'KubernetesCluster';
