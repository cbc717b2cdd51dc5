import type { WorkerOptions } from '../../api/options/options-file.ts';

/** A volume of the pod with keys of a Secret, each as a file. */
export interface SecretMount {
  /** Of the volume. */
  readonly volume: string;
  /** Of the Secret, in the pod's namespace. */
  readonly secretName: string;
  readonly mountPath: string;
  /** Keys without which the pod does not start. */
  readonly requiredKeys: readonly string[];
  /** Keys that may be missing, and so may then the Secret as a whole. */
  readonly optionalKeys: readonly string[];
}

/** What a worker has to do, and what it needs for that: a plugin makes it of a spec. */
export interface WorkerTask {
  readonly options: WorkerOptions;
  readonly secrets: readonly SecretMount[];
}
