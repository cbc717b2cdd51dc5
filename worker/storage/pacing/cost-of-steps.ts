import type { WriteStep } from '../session.ts';
import type { Cost } from './pace-gate.ts';

/**
 * What a batch takes of the limits: what a user would count. The mark is written along with it, in
 * the same transaction; to count it would halve the pace of batches of one.
 */
export function costOfSteps(steps: readonly WriteStep[]): Cost {
  let count = 0;
  let bytes = 0;
  for (const step of steps) {
    if (step.kind === 'check' || step.kind === 'mark') continue;
    count += 1;
    if (step.kind !== 'delete') bytes += step.data?.length ?? 0;
  }
  return { kind: 'write', count, bytes };
}
