import { EXIT_CODES, exitCodeOf, type ExitName } from '../../api/worker-contract.ts';
import type { ContainerTermination, Pod } from '../kube/pod.ts';
import { readReport, type Report } from './worker-report.ts';
import { WORKER_CONTAINER } from './worker-container.ts';

/** How one attempt (one pod) of a worker ended. */
export interface Attempt {
  readonly pod: Pod;
  /** Name of the exit code; undefined if the worker did not end by its contract: a crash. */
  readonly exit: ExitName | undefined;
  /** What it reported; undefined if nothing of it is left. */
  readonly report: Report | undefined;
  /** One sentence for a person. */
  readonly sentence: string;
  /** When the worker ended, RFC 3339; undefined if the kubelet does not say so. */
  readonly endTime: string | undefined;
  /** Kubernetes took the pod away (drain, preemption, eviction); the Job does not count it. */
  readonly disrupted: boolean;
}

/** The attempts that have ended, oldest first. */
export function endedAttempts(pods: readonly Pod[]): readonly Attempt[] {
  return pods.map(readAttempt).filter((attempt) => attempt !== undefined);
}

/** True for a failure after which the Job must not start another pod. */
export function isFinalFailure(exit: ExitName | undefined): boolean {
  // The deadline is the whole run's: a second pod would only be cut off in turn.
  return exit !== undefined && (exit === 'DeadlineExceeded' || finality(exit) === 'final');
}

/** True for an end that is the end of the run, whatever becomes of its pod and its Job. */
export function isConclusive(exit: ExitName | undefined): boolean {
  return exit === 'Success' || isFinalFailure(exit);
}

function finality(exit: ExitName): 'success' | 'retry' | 'final' {
  return EXIT_CODES[exit].finality;
}

/** Reads how a pod ended; undefined while it has not. */
export function readAttempt(pod: Pod): Attempt | undefined {
  const terminated = pod.containers.find((each) => each.name === WORKER_CONTAINER)?.terminated;
  const disrupted = pod.conditions.some(
    (each) => each.type === 'DisruptionTarget' && each.status === 'True',
  );
  const base = { pod, disrupted, endTime: terminated?.finishedAt };
  if (terminated !== undefined) return { ...base, ...readTermination(terminated) };
  if (pod.phase !== 'Failed') return undefined;
  // Evicted before the container started, or by a node that is gone.
  const cause = [pod.reason, pod.message].filter((part) => part !== '').join(': ');
  const sentence = `The pod failed before its worker did${cause === '' ? '.' : ` (${cause}).`}`;
  return { ...base, exit: undefined, report: undefined, sentence };
}

function readTermination(
  terminated: ContainerTermination,
): Pick<Attempt, 'exit' | 'report' | 'sentence'> {
  const exit = exitCodeOf(terminated.exitCode)?.name as ExitName | undefined;
  const report = readReport(terminated.message);
  if (exit === undefined) return readCrash(terminated, report);
  const sentence = report.ok
    ? report.result.message
    : `${EXIT_CODES[exit].meaning} ${report.problem}`;
  return { exit, report, sentence };
}

/** A report is the last thing that a worker does: one that was killed after it has said how it ended. */
function readCrash(
  terminated: ContainerTermination,
  report: Report,
): Pick<Attempt, 'exit' | 'report' | 'sentence'> {
  if (!report.ok)
    return { exit: undefined, report: undefined, sentence: describeCrash(terminated) };
  const { outcome, message } = report.result;
  return { exit: outcome, report, sentence: message };
}

function describeCrash({ exitCode, signal, reason }: ContainerTermination): string {
  if (reason === 'OOMKilled') {
    return (
      'The worker was killed because it needed more memory than its limit (OOMKilled): ' +
      'raise spec.worker.resources.limits.memory.'
    );
  }
  const killed = signal === undefined ? '' : `, signal ${signal}`;
  const word = reason === '' ? '' : `${reason}: `;
  return `The worker crashed (${word}exit code ${exitCode}${killed}): see its log.`;
}
