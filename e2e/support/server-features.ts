import type { Kubectl } from './kubectl.ts';

/** What an API server can do that decides what is to be expected of the operator on it. */
export interface ServerFeatures {
  /** Rules in CEL, with sentences of ours: on by default from 1.25 (KEP-2876). */
  readonly celRules: boolean;
  /** A Job can leave a pod uncounted that Kubernetes itself took away: from 1.26 (KEP-3329). */
  readonly podFailurePolicy: boolean;
  /** A Job counts a pod that somebody deleted as a failed one: from 1.25 (KEP-2307). */
  readonly countsDeletedPods: boolean;
}

/** Asks the API server for its version: the one place where a suite looks at it. */
export async function readServerFeatures(kubectl: Kubectl): Promise<ServerFeatures> {
  const answer = await kubectl.run(['get', '--raw', '/version']);
  const { minor } = JSON.parse(answer) as { minor: string };
  const number = Number.parseInt(minor, 10);
  if (Number.isNaN(number)) throw new Error(`no minor version in ${answer}`);
  return {
    celRules: number >= 25,
    podFailurePolicy: number >= 26,
    countsDeletedPods: number >= 25,
  };
}
