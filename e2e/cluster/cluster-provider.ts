import type { ClusterInfo, ProviderName } from './cluster-info.ts';
import type { ImageSpec } from './images.ts';

export type ClusterState = 'absent' | 'running' | 'broken';

export interface ClusterStatus {
  readonly state: ClusterState;
  /** What was looked at and found, one line each. */
  readonly details: readonly string[];
}

/**
 * A Kubernetes cluster of one node and two ZooKeeper servers that its pods reach.
 *
 * All methods are idempotent, and cope with whatever an earlier call left that was killed midway.
 */
export interface ClusterProvider {
  readonly name: ProviderName;
  /** Brings the cluster up; returns quickly where it is up and healthy in this version already. */
  up(kubernetesVersion: string): Promise<ClusterInfo>;
  /** Removes all of it. Built programs and images stay cached. */
  down(): Promise<void>;
  status(): Promise<ClusterStatus>;
  /** Builds images from their Dockerfiles, unless nothing that goes into them has changed, and loads them. */
  buildImages(images: readonly ImageSpec[]): Promise<void>;
  /** Makes an image of the local image store available to the node under the same name. */
  loadImage(reference: string): Promise<void>;
  /** Names of the logs that {@link readLog} can give. */
  logNames(): Promise<readonly string[]>;
  readLog(name: string): Promise<string>;
}
