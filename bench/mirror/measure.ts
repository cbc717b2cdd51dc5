import type { Arena } from './arena.ts';
import { jobNames, runJob, type JobFlags, type JobName, type Run } from './contender-process.ts';

/** One entry a round; empty for a job that was left out. */
export type Runs = Record<JobName, Run[]>;

export interface Plan extends JobFlags {
  readonly rounds: number;
  /** Rounds before those that count: servers compile what they run often. */
  readonly warmUpRounds: number;
  /** Of the peer, which takes long. */
  readonly peerRounds: number;
  /** Only jobs whose names contain one of these. */
  readonly only: readonly string[];
}

/**
 * Rounds in which the contenders take turns. The destination is emptied before each copy; what
 * is measured where nothing changed finds the worker's own copy.
 */
export async function measure(arena: Arena, plan: Plan): Promise<Runs> {
  const runs = Object.fromEntries(jobNames.map((job) => [job, []])) as unknown as Runs;
  for (let round = -plan.warmUpRounds; round < plan.rounds; round += 1) {
    const isPeers = round >= 0 && round < plan.peerRounds && arena.shape.tooLongForPeer !== true;
    for (const job of jobNames) {
      if (job.startsWith('npm') && !isPeers) continue;
      if (!plan.only.some((part) => job.includes(part))) continue;
      await prepare(arena, job);
      const run = await runJob(job, arena, plan);
      if (job.includes('copy')) await arena.expectCopied();
      if (round >= 0) runs[job].push(run);
      console.error(`${round} ${arena.shape.name} ${job}: ${Math.round(run.workMs)} ms`);
    }
  }
  return runs;
}

async function prepare(arena: Arena, job: JobName): Promise<void> {
  if (job.includes('copy')) await arena.clearDestination();
  else if (job.includes('updated')) await arena.updateSome();
  else if (job.includes('created')) await arena.churnSome();
}
