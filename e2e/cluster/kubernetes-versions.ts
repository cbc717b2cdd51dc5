import { ClusterError } from './cluster-error.ts';

/** The releases that the operator is tested on: the oldest that it supports, a middle one, a new one. */
export const supportedKubernetesVersions = ['1.34.4', '1.29.15', '1.24.17'] as const;

export const defaultKubernetesVersion = supportedKubernetesVersions[0];

/**
 * @param version as a user writes it, with or without a leading `v`
 * @throws ClusterError naming what is allowed
 */
export function parseKubernetesVersion(version: string): string {
  const bare = version.replace(/^v/, '');
  const known = supportedKubernetesVersions.find((candidate) => candidate === bare);
  if (known !== undefined) return known;
  throw new ClusterError(
    `Kubernetes ${version} is not set up here; use one of ${supportedKubernetesVersions.join(', ')}.`,
  );
}

/** The minor release of version 1: 34 for `1.34.4`. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
