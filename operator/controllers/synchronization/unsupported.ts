import type { SynchronizationConfig } from '../../../api/v1alpha1/synchronization.ts';

/**
 * What the API describes and this version does not do yet. It is refused with a sentence, because
 * ignoring it would make a copy that is not the one that was asked for.
 */
const UNSUPPORTED: readonly {
  readonly field: string;
  readonly isUsed: (config: SynchronizationConfig) => boolean;
  readonly remedy: string;
}[] = [
  {
    field: 'spec.config.limits',
    isUsed: ({ limits }) => Object.values(limits ?? {}).some((limit) => limit !== undefined),
    remedy: 'Leave it out; the worker reads and writes as fast as the servers answer.',
  },
];

/** A sentence for each field that this version cannot honour; empty if it can do it all. */
export function unsupportedInConfig(config: SynchronizationConfig): readonly string[] {
  return UNSUPPORTED.filter((entry) => entry.isUsed(config)).map(
    ({ field, remedy }) => `${field} is not supported by this version. ${remedy}`,
  );
}
