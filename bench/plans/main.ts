/**
 * How late plans start, and whether any does not: many plans due at once, on a real API server,
 * with nobody but the plan controller and a stand-in that ends what it starts. Beside it a bare loop
 * of the same calls, and real CronJobs under kube-controller-manager.
 *
 * Usage: tsx bench/plans/main.ts [--only plans-1000|plans-5000|cronjobs|cronjobs-fast] [--slots N]
 *   [--node-flags "…"]
 */
import { KubeConfig } from '@kubernetes/client-node';
import { delay, systemClock } from '../../common/clock.ts';
import { HttpApiClient } from '../../operator/kube/http-api-client.ts';
import { ResourceClient } from '../../operator/kube/resource-client.ts';
import { SYNCHRONIZATION_PLANS } from '../../operator/kube/resources.ts';
import type { SynchronizationPlanStatus } from '../../api/v1alpha1/synchronization-plan-status.ts';
import { defaultCacheDir } from '../../e2e/cluster/directories.ts';
import { buildPrograms } from '../../e2e/cluster/local/programs.ts';
import { createProgress } from '../../e2e/cluster/progress.ts';
import { runCommand } from '../../e2e/cluster/run-command.ts';
import { waitUntil } from '../../e2e/cluster/wait-until.ts';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bundleProgram } from '../../scripts/bundle/bundle-program.ts';
import { words } from '../common/words.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { createCrowd, installKinds, NAMESPACE, type CrowdKind } from './crowd.ts';
import { countCpu, peakMemoryMb, startNode, type MeasuredProcess } from './measured-process.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { report, type Result } from './report.ts';

interface Part {
  readonly name: string;
  readonly count: number;
  readonly kind: CrowdKind;
  /** All are due whenever so many minutes have passed. */
  readonly everyMinutes: number;
  /** Measured one after the other on the same objects, so many slots each. */
  readonly slots: number;
  readonly contenders: readonly Contender[];
}

interface Contender {
  readonly title: string;
  readonly start: (plane: ControlPlane, part: Part) => Promise<MeasuredProcess>;
}

const MINUTE_MS = 60_000;
/** A slot that comes sooner than this is not measured: what came before may still be at work. */
const LEAD_MS = 5000;
const SETTLE_TIMEOUT_MS = 120_000;
const OPERATOR = '.cache/bench/operator.cjs';
const BARE_LOOP = '.cache/bench/plans-bare-loop.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    slots: { type: 'string', default: '5' },
    /** Default: those that the image has. */
    'node-flags': { type: 'string' },
    kubernetes: { type: 'string', default: process.env['KUBERNETES_VERSION'] ?? '1.34.4' },
  },
});
const chosenFlags = values['node-flags'];
const nodeFlags = chosenFlags === undefined ? await flagsOfImage() : words(chosenFlags);

const ours = {
  title: 'ours',
  start: ({ kubeconfigPath }: ControlPlane) =>
    Promise.resolve(
      startNode([
        ...[...nodeFlags, OPERATOR, '--controllers=synchronizationplan'],
        ...[`--kubeconfig=${kubeconfigPath}`, '--port=0', '--log-level=warn'],
      ]),
    ),
};

const bareLoop = {
  title: 'bare loop of the same calls',
  start: ({ kubeconfigPath }: ControlPlane, { count, everyMinutes }: Part) =>
    Promise.resolve(
      startNode([...nodeFlags, BARE_LOOP, kubeconfigPath, String(count), String(everyMinutes)]),
    ),
};

const controllerManager = (title: string, flags: readonly string[]) => ({
  title,
  start: (plane: ControlPlane) => plane.startControllerManager(flags),
});

const thousand = { count: 1000, everyMinutes: 1, slots: Number(values.slots) };

const parts: readonly Part[] = [
  { name: 'plans-1000', kind: 'plans', ...thousand, contenders: [ours] },
  {
    name: 'plans-5000',
    kind: 'plans',
    ...{ count: 5000, everyMinutes: 3, slots: 1 },
    contenders: [ours, bareLoop],
  },
  {
    name: 'cronjobs',
    kind: 'cronJobs',
    ...thousand,
    contenders: [controllerManager('CronJob, default flags', [])],
  },
  {
    name: 'cronjobs-fast',
    kind: 'cronJobs',
    ...thousand,
    contenders: [
      controllerManager('CronJob, 1,000 calls a second', [
        ...['--kube-api-qps=1000', '--kube-api-burst=2000'],
      ]),
    ],
  },
];

/** What stands between Node and the program in the image of the operator. */
async function flagsOfImage(): Promise<readonly string[]> {
  const text = await readFile('Dockerfile.operator', 'utf8');
  const entrypoint = /^ENTRYPOINT (.*)$/m.exec(text)?.[1] ?? '[]';
  return (JSON.parse(entrypoint) as readonly string[]).slice(1, -1);
}

async function measurePart(part: Part, plane: ControlPlane): Promise<readonly Result[]> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(plane.kubeconfigPath);
  const api = new HttpApiClient({ kubeConfig, userAgent: 'bench' });
  await installKinds(api);
  const recorder = await startRecorder(api, part.kind);
  const schedule = `*/${part.everyMinutes} * * * *`;
  await createCrowd(api, part.kind, { count: part.count, schedule });
  const results: Result[] = [];
  for (const contender of part.contenders) {
    const measured = await contender.start(plane, part);
    if (contender.title === ours.title) await untilAllLookedAt(api, part.count);
    const context = { part, plane, recorder, measured, title: contender.title };
    results.push(await measureSlots(api, context));
    await measured.stop();
    await waitUntil(() => Promise.resolve(recorder.isIdle), {
      what: 'the stand-in to end all children',
      timeoutMs: SETTLE_TIMEOUT_MS,
    });
  }
  await recorder.stop();
  api.close();
  return results;
}

interface Measuring {
  readonly part: Part;
  readonly plane: ControlPlane;
  readonly recorder: Recorder;
  readonly measured: MeasuredProcess;
  readonly title: string;
}

async function measureSlots(api: HttpApiClient, context: Measuring): Promise<Result> {
  const { part, plane, recorder, measured, title } = context;
  const everyMs = part.everyMinutes * MINUTE_MS;
  const first = Math.ceil((Date.now() + LEAD_MS) / everyMs) * everyMs;
  const slots = Array.from({ length: part.slots }, (_, index) => new Date(first + index * everyMs));
  await delay(systemClock, first - Date.now());
  const cpus = await Promise.all([measured.pid, plane.apiServerPid].map(countCpu));
  await delay(systemClock, part.slots * everyMs - 500);
  const [cpuSeconds = 0, apiServerCpuSeconds = 0] = await Promise.all(cpus.map((spent) => spent()));
  const seen = slots.map((slot) => recorder.skewsOf(slot).length);
  return {
    title,
    count: part.count,
    slots: part.slots,
    everyMinutes: part.everyMinutes,
    skewsMs: slots.flatMap((slot) => recorder.skewsOf(slot)),
    missing: seen.reduce((missing, found) => missing + part.count - found, 0),
    inLedger: title === ours.title ? await missesSince(api, slots[0] ?? new Date()) : undefined,
    peakMemoryMb: await peakMemoryMb(measured.pid),
    cpuSeconds,
    apiServerCpuSeconds,
  };
}

async function listPlans(api: HttpApiClient) {
  const client = new ResourceClient(api, SYNCHRONIZATION_PLANS);
  const { items } = await client.list({ namespace: NAMESPACE });
  return items.map(({ status }) => status as SynchronizationPlanStatus);
}

/** Slots that the ledgers name as missed. */
async function missesSince(api: HttpApiClient, first: Date): Promise<number> {
  const named = (await listPlans(api)).flatMap(({ misses }) => misses?.last ?? []);
  return named.filter(({ time }) => new Date(time) >= first).length;
}

async function untilAllLookedAt(api: HttpApiClient, count: number): Promise<void> {
  const isDone = async () => {
    const statuses = await listPlans(api);
    return statuses.filter(({ misses }) => misses !== undefined).length === count;
  };
  const what = 'the controller to look at every plan';
  await waitUntil(isDone, { what, timeoutMs: SETTLE_TIMEOUT_MS, intervalMs: 1000 });
}

async function main(): Promise<void> {
  await bundleProgram('operator/main.ts', OPERATOR, { as: 'commonjs' });
  await bundleProgram('bench/plans/bare-loop.ts', BARE_LOOP);
  const progress = createProgress((text) => process.stderr.write(text));
  const build = { run: runCommand, progress, cacheDir: defaultCacheDir() };
  const programs = await buildPrograms(values.kubernetes, build);
  const results: Result[] = [];
  for (const part of parts.filter(({ name }) => values.only === '' || name === values.only)) {
    await using plane = await startControlPlane(programs);
    results.push(...(await progress.step(part.name, () => measurePart(part, plane))));
  }
  console.log(report(results));
}

await main();
