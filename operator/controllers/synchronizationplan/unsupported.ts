import type { SynchronizationPlanSpec } from '../../../api/v1alpha1/synchronization-plan.ts';

/**
 * What the API describes and this version does not do yet. It is refused with a sentence, because
 * ignoring it would run at other times, or beside other runs, than the author asked for.
 *
 * @returns undefined if there is nothing of the kind
 */
export function unsupportedInPlan(spec: SynchronizationPlanSpec): string | undefined {
  if (spec.concurrencyPolicy !== 'Replace') return undefined;
  return (
    'spec.concurrencyPolicy: Replace is not supported by this version, which would have to start ' +
    'a run while the worker of the one before may still be writing. Use Forbid.'
  );
}
