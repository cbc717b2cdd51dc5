import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../api/worker-contract.ts';
import { readAttempt } from './attempt.ts';
import { endedPod, pod, report, workerResult } from './testing/builders.ts';

describe('how an attempt ended', () => {
  test.each([
    {
      name: 'a crash',
      pod: endedPod(134),
      says: 'The worker crashed (Error: exit code 134): see its log.',
    },
    {
      name: 'a crash without a word for it',
      pod: endedPod(134, { word: '' }),
      says: 'The worker crashed (exit code 134): see its log.',
    },
    {
      name: 'a worker that was killed',
      pod: pod({ state: { terminated: { exitCode: 137, reason: 'Error', signal: 9 } } }),
      says: 'The worker crashed (Error: exit code 137, signal 9): see its log.',
    },
    {
      name: 'too little memory',
      pod: endedPod(137, { word: 'OOMKilled' }),
      says: 'The worker was killed because it needed more memory than its limit (OOMKilled): raise spec.worker.resources.limits.memory.',
    },
    {
      name: 'a pod that was evicted before',
      pod: pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' }),
      says: 'The pod failed before its worker did (Evicted: The node was low on memory.).',
    },
    {
      name: 'a pod that failed with a word alone',
      pod: pod({ phase: 'Failed', reason: 'NodeLost' }),
      says: 'The pod failed before its worker did (NodeLost).',
    },
    {
      name: 'a pod that failed without a word',
      pod: pod({ phase: 'Failed' }),
      says: 'The pod failed before its worker did.',
    },
  ])('is told of $name, and there is no report', ({ pod: ended, says }) => {
    expect(readAttempt(ended)).toMatchObject({
      exit: undefined,
      report: undefined,
      sentence: says,
    });
  });

  test('is told in the worker’s words, or in those of its exit code', () => {
    const message = 'The source is empty.';
    const ended = endedPod(51, { report: report({ outcome: 'GuardRefused', message }) });
    expect(readAttempt(ended)).toMatchObject({
      exit: 'GuardRefused',
      sentence: message,
      report: { ok: true, result: workerResult({ outcome: 'GuardRefused', message }) },
    });
    expect(readAttempt(endedPod(51))?.sentence).toBe(
      `${EXIT_CODES.GuardRefused.meaning} It left no report.`,
    );
  });

  test('is not known while the worker runs, whatever ended beside it', () => {
    const others = { init: { terminated: { exitCode: 0, reason: 'Completed' } } };
    expect(readAttempt(pod({ state: { running: {} }, others }))).toBeUndefined();
    expect(readAttempt(pod({ others, phase: 'Running' }))).toBeUndefined();
  });

  test.each([
    { conditions: [{ type: 'DisruptionTarget', status: 'True' }], disrupted: true },
    { conditions: [{ type: 'DisruptionTarget', status: 'False' }], disrupted: false },
    { conditions: [{ type: 'Ready', status: 'True' }], disrupted: false },
    {
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'DisruptionTarget', status: 'True' },
      ],
      disrupted: true,
    },
  ])('is Kubernetes’ doing where the pod says so: $conditions', ({ conditions, disrupted }) => {
    expect(readAttempt(endedPod(137, { conditions }))).toMatchObject({ disrupted });
  });
});
