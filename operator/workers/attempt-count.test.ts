import { expect, test } from '@jest/globals';
import { parseJob } from '../kube/job.ts';
import { countAttempts } from './attempt-count.ts';
import { jobObject, pod } from './testing/builders.ts';

/** Looks at these pods with what the looks before have left in the status. */
function looks(...rounds: readonly { readonly pods: readonly string[]; readonly job?: object }[]) {
  let status = {};
  for (const { pods, job = {} } of rounds) {
    const seen = { status, pods: pods.map((name) => pod({ name })) };
    const count = countAttempts(parseJob(jobObject({ status: { ...job } })), seen);
    status = { attempts: count.attempts, pods: [...count.pods] };
  }
  return (status as { readonly attempts: number }).attempts;
}

test.each([
  { name: 'nothing yet', rounds: [{ pods: [] }], attempts: 0 },
  {
    name: 'one pod, however often it is looked at',
    rounds: [1, 2, 3].map(() => ({ pods: ['a'] })),
    attempts: 1,
  },
  {
    name: 'a pod that was drained, and the one in its place: a Job counts only one of them',
    rounds: [
      { pods: ['a'], job: { active: 1 } },
      { pods: ['b'], job: { active: 1 } },
    ],
    attempts: 2,
  },
  {
    name: 'the same while the drained one is still there',
    rounds: [{ pods: ['a'] }, { pods: ['a', 'b'] }, { pods: ['b'] }, { pods: ['b', 'c'] }],
    attempts: 3,
  },
  {
    name: 'failures that the Job keeps',
    rounds: [{ pods: ['a'] }, { pods: ['a', 'b'], job: { failed: 1, active: 1 } }],
    attempts: 2,
  },
  {
    name: 'pods that came and went while nobody looked, as far as the Job knows of them',
    rounds: [{ pods: ['a'] }, { pods: ['d'], job: { failed: 3, active: 1 } }, { pods: ['e'] }],
    attempts: 5,
  },
  {
    name: 'a success, and failures before it, that the Job alone still knows of',
    rounds: [{ pods: [], job: { failed: 2, succeeded: 1 } }],
    attempts: 3,
  },
])('counts $name: $attempts', ({ rounds, attempts }) => {
  expect(looks(...rounds)).toBe(attempts);
});

test('counts no pod twice where the status does not remember pods: an older version wrote it, or the CRD is older', () => {
  const seen = { status: { attempts: 2 }, pods: [pod({ name: 'b' })] };
  const job = parseJob(jobObject({ status: { active: 1, failed: 1 } }));
  expect(countAttempts(job, seen)).toEqual({ attempts: 2, pods: ['b'] });
});
