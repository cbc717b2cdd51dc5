/** Sees when children are created, and ends Synchronizations in the place of their controller. */
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import type { HttpApiClient } from '../../operator/kube/http-api-client.ts';
import type { KubeObject } from '../../operator/kube/objects.ts';
import { ResourceClient } from '../../operator/kube/resource-client.ts';
import { JOBS, SYNCHRONIZATIONS } from '../../operator/kube/resources.ts';
import { InformerSet } from '../../operator/runtime/informer.ts';
import type { CrowdKind } from './crowd.ts';

const MINUTE_MS = 60_000;

/** How long a Synchronization runs: no worker is up, has copied a tree and is gone sooner. */
const RUN_MS = 10_000;

/** Ends of children that are told at the same time. */
const LANES = 16;

export interface Recorder {
  /** How long after its slot each child of a slot was seen to be there, in milliseconds. */
  skewsOf(slot: Date): readonly number[];
  /** All children have been ended. */
  readonly isIdle: boolean;
  stop(): Promise<void>;
}

/**
 * Follows the children by a watch from now on. Both contenders are seen by the same eyes, so what
 * the watch adds is in both.
 */
export async function startRecorder(api: HttpApiClient, kind: CrowdKind): Promise<Recorder> {
  const stop = new AbortController();
  const logger = createLogger({ level: 'warn', stream: process.stderr });
  const informers = new InformerSet({ api, clock: systemClock, logger, namespaces: [] });
  const informer = informers.get(kind === 'plans' ? SYNCHRONIZATIONS : JOBS);
  const skews = new Map<number, number[]>();
  const unended: KubeObject[] = [];
  /** Children that still run. */
  let unfinished = 0;
  let running = 0;
  const end = async (): Promise<void> => {
    running++;
    for (let child = unended.shift(); child; child = unended.shift()) await endChild(api, child);
    running--;
  };
  informer.onChange(({ type, object }) => {
    if (type !== 'Added') return;
    const minutes = Number(object.metadata.name.split('-').at(-1));
    const found = skews.get(minutes) ?? [];
    found.push(Date.now() - minutes * MINUTE_MS);
    skews.set(minutes, found);
    if (kind !== 'plans') return;
    unfinished++;
    systemClock.setTimer(RUN_MS, () => {
      unfinished--;
      unended.push(object);
      if (running < LANES) void end();
    });
  });
  const ended = informers.run(stop.signal);
  await informer.whenSynced(stop.signal);
  return {
    skewsOf: (slot) => skews.get(slot.getTime() / MINUTE_MS) ?? [],
    get isIdle() {
      return unfinished === 0 && running === 0 && unended.length === 0;
    },
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function endChild(api: HttpApiClient, child: KubeObject): Promise<void> {
  const now = new Date().toISOString();
  const condition = { type: 'Succeeded', status: 'True', reason: 'Verified', message: '' };
  const status = {
    observedGeneration: child.metadata.generation,
    conditions: [{ ...condition, lastTransitionTime: now }],
    startTime: child.metadata.creationTimestamp,
    completionTime: now,
  };
  await new ResourceClient(api, SYNCHRONIZATIONS).replace(
    { ...child, status },
    { subresource: 'status' },
  );
}
