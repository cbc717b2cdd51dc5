/**
 * The cheapest way to do what the controller does: the calls of a start and of an end, one after the
 * other, in as many lanes as the controller has workers. It decides nothing, keeps no books, and
 * knows its children because it made them.
 *
 * Usage: node bare-loop.js KUBECONFIG COUNT EVERY_MINUTES   (until SIGTERM)
 */
import { KubeConfig } from '@kubernetes/client-node';
import { slotName } from '../../api/names.ts';
import { systemClock, delay } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { childManifest } from '../../operator/controllers/synchronization-plan/resources.ts';
import { ApiEventRecorder } from '../../operator/kube/event-recorder.ts';
import { HttpApiClient } from '../../operator/kube/http-api-client.ts';
import type { KubeObject } from '../../operator/kube/objects.ts';
import { ResourceClient } from '../../operator/kube/resource-client.ts';
import { SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../operator/kube/resources.ts';
import { InformerSet } from '../../operator/runtime/informer.ts';
import { nameOf, NAMESPACE } from './crowd.ts';
import { inLanes } from './lanes.ts';

const LANES = 16;
const HISTORY = 3;

const [kubeconfig = '', count = '0', everyMinutes = '1'] = process.argv.slice(2);
const EVERY_MS = Number(everyMinutes) * 60_000;
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(kubeconfig);
const api = new HttpApiClient({ kubeConfig, userAgent: 'bare-loop' });
const logger = createLogger({ level: 'warn', stream: process.stderr });
const plans = new ResourceClient(api, SYNCHRONIZATION_PLANS);
const children = new ResourceClient(api, SYNCHRONIZATIONS);
const events = new ApiEventRecorder({
  api,
  clock: systemClock,
  logger,
  component: 'bare-loop',
  instance: 'bare-loop',
});
const names = Array.from({ length: Number(count) }, (_, index) => nameOf(index));
const made = new Map<string, KubeObject[]>();
/** Plans as they were written last. */
const current = new Map<string, KubeObject>();
const work: (() => Promise<void>)[] = [];
let lanes = 0;

function enqueue(task: () => Promise<void>): void {
  work.push(task);
  if (lanes < LANES) void lane();
}

async function lane(): Promise<void> {
  lanes++;
  for (let task = work.shift(); task; task = work.shift()) {
    await task().catch((error: unknown) => {
      logger.warn('a call of the loop failed', { error });
    });
  }
  lanes--;
}

async function writeStatus(plan: KubeObject, change: object): Promise<void> {
  const status = { ...(plan.status as object), ...change };
  const now = await plans.replace({ ...plan, status }, { subresource: 'status' });
  current.set(now.metadata.name, now);
}

async function start(name: string, slot: Date): Promise<void> {
  const plan = current.get(name);
  if (plan === undefined) return;
  const scheduledTimestamp = slot.toISOString();
  const run = { name: slotName(name, slot), slot, scheduledTimestamp, warnings: [] };
  const child = await children.create(childManifest(plan, run));
  made.set(name, [...(made.get(name) ?? []), child]);
  // When all are started, as the controller does it.
  enqueue(async () => {
    const note = `Created Synchronization ${run.name}.`;
    await events.record({ regarding: plan, type: 'Normal', reason: 'SuccessfulCreate', note });
    const active = [{ name: run.name, uid: child.metadata.uid, scheduledTime: scheduledTimestamp }];
    await writeStatus(plan, { active, lastScheduleTime: scheduledTimestamp });
  });
}

async function end(child: KubeObject): Promise<void> {
  const [owner] = child.metadata.ownerReferences;
  const plan = current.get(owner?.name ?? '');
  if (plan === undefined) return;
  const { name } = child.metadata;
  const tell = (reason: string, note: string) =>
    events.record({ regarding: plan, type: 'Normal', reason, note });
  await tell('SawCompletedJob', `Synchronization ${name} succeeded.`);
  await writeStatus(plan, { active: [], lastSuccessfulTime: new Date().toISOString() });
  const own = made.get(plan.metadata.name) ?? [];
  const oldest = own.length > HISTORY ? own.shift() : undefined;
  if (oldest === undefined) return;
  const { metadata } = oldest;
  await children.delete({ namespace: NAMESPACE, name: metadata.name }, { uid: metadata.uid });
  await tell('SuccessfulDelete', `Deleted Synchronization ${metadata.name}.`);
}

const informers = new InformerSet({ api, clock: systemClock, logger, namespaces: [] });
const informer = informers.get(SYNCHRONIZATIONS);
informer.onChange(({ type, object, previous }) => {
  const hadEnded = previous !== undefined && 'conditions' in (previous.status as object);
  const hasEnded = 'conditions' in (object.status as object);
  if (type === 'Updated' && hasEnded && !hadEnded) enqueue(() => end(object));
});
void informers.run(new AbortController().signal);
await informer.whenSynced(new AbortController().signal);
// What is there is known, as it is to the controller.
for (const child of informer.cache.list()) {
  const plan = child.metadata.ownerReferences[0]?.name ?? '';
  made.set(plan, [...(made.get(plan) ?? []), child]);
}
const { items } = await plans.list({ namespace: NAMESPACE });
for (const plan of items) current.set(plan.metadata.name, plan);
for (;;) {
  const now = Date.now();
  const slot = new Date((Math.floor(now / EVERY_MS) + 1) * EVERY_MS);
  await delay(systemClock, slot.getTime() - now);
  await inLanes(names, LANES, (name) => {
    enqueue(() => start(name, slot));
    return Promise.resolve();
  });
}
