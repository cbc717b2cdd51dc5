import type { KubeConfig } from '@kubernetes/client-node';
import { wholeSeconds } from '../../../../api/conditions.ts';
import { AUTOMATION_API_VERSION } from '../../../../api/groups.ts';
import { slotName } from '../../../../api/names.ts';
import type { SynchronizationPlanStatus } from '../../../../api/v1alpha1/synchronization-plan-status.ts';
import type { SynchronizationPlanSpec } from '../../../../api/v1alpha1/synchronization-plan.ts';
import { FakeClock } from '../../../../testing/fake-clock.ts';
import { eventually } from '../../../../testing/eventually.ts';
import { keyOf, type KubeObject } from '../../../kube/objects.ts';
import { ResourceClient } from '../../../kube/resource-client.ts';
import { SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../../kube/resources.ts';
import type { Fault, ProxiedCall } from '../../../kube/testing/faulty-proxy.ts';
import { InformerSet } from '../../../runtime/informer.ts';
import { createOperatorMetrics } from '../../../runtime/metrics.ts';
import { RecordingLogger } from '../../../runtime/testing/recording-logger.ts';
import { synchronizationPlanControllers } from '../build.ts';
import { isActive, planOf, readChild } from '../child.ts';
import { endedStatus, SPEC } from './builders.ts';
import { openProxy, type ProxiedApi } from './stand-in-kinds.ts';

/** What strikes at one request: a fault of the line, or the end of the process. */
export type Blow = Fault | 'killed before' | 'killed after';

export interface Doom {
  readonly blow: Blow;
  /**
   * At which request (from 1). What only takes effect or fails after it counts writes alone; the
   * others leave out a read of what was already read since the last write.
   */
  readonly point: number;
  /** How many slots come while nobody is there, after a killing. */
  readonly slotsAway?: number;
}

/** A slot comes; whatever runs ends; or it ends when the next slot has come, and both are seen at once. */
export type Step = 'slot' | 'end' | 'late end';

export interface Life {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

/** What became of a life. */
export interface Outcome {
  /** False once the operator needed fewer requests than the doom waits for. */
  readonly wasStruck: boolean;
  /** Slots as `1`, `2`, ... in the order of the Synchronizations that were ever created for them. */
  readonly runs: readonly number[];
  readonly missed: readonly number[];
  /** The newest slot that is settled. */
  readonly through: number;
  /** The status tells of the last success, whose Synchronization may be gone. */
  readonly isRemembered: boolean;
}

interface Process {
  readonly line: ProxiedApi;
  readonly ended: Promise<unknown>;
  readonly stop: () => void;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Longest sleep of the queue. */
const SLEEP_MS = 30_000;
const SETTLE = { timeoutMs: 120_000, intervalMs: 10 };

/**
 * An hourly plan on a real API server, and the plan controller with its watches, whose clock is
 * ours: time passes only while nothing is asked of the server.
 */
export class DoomedLife {
  readonly #kubeConfig: KubeConfig;
  readonly #plans: ResourceClient;
  readonly #children: ResourceClient;
  readonly #namespace: string;
  readonly #name: string;
  readonly #doom: Doom | undefined;
  readonly #clock = new FakeClock(new Date());
  readonly #processes: Process[] = [];
  #firstSlotMs = 0;
  #lastEnd = '';
  #isDead = false;
  #wasStruck = false;

  /** @param direct an undisturbed way to the server */
  constructor(
    kubeConfig: KubeConfig,
    direct: ProxiedApi,
    at: {
      /** In which no other plan lives at the same time. */
      readonly namespace: string;
      readonly name: string;
      readonly doom?: Doom | undefined;
    },
  ) {
    this.#kubeConfig = kubeConfig;
    this.#plans = new ResourceClient(direct.api, SYNCHRONIZATION_PLANS);
    this.#children = new ResourceClient(direct.api, SYNCHRONIZATIONS);
    this.#namespace = at.namespace;
    this.#name = at.name;
    this.#doom = at.doom;
  }

  async live({ spec, steps }: Life): Promise<Outcome> {
    const nowMs = this.#clock.now().getTime();
    this.#firstSlotMs = (Math.floor(nowMs / MINUTE_MS) + 2) * MINUTE_MS;
    const schedule = `${new Date(this.#firstSlotMs).getUTCMinutes()} * * * *`;
    await this.#plans.create({
      apiVersion: AUTOMATION_API_VERSION,
      kind: SYNCHRONIZATION_PLANS.kind,
      metadata: { namespace: this.#namespace, name: this.#name },
      spec: { ...SPEC, ...spec, schedule },
    });
    await this.#begin(this.#doom);
    await this.#settle();
    for (const step of steps) {
      if (step !== 'end') this.#jumpToNextSlot();
      if (step !== 'slot') await this.#endChildren();
      // The queue looks at the clock only then.
      else await this.#clock.advance(SLEEP_MS);
      await this.#settle();
    }
    return this.#judge();
  }

  /** Ends all processes, and deletes the plan and what is left of it. */
  async close(): Promise<void> {
    for (const { stop, line } of this.#processes) {
      stop();
      await line.close();
    }
    // What was told to stop waits for its last moments by our clock.
    await this.#clock.advance(HOUR_MS);
    await Promise.all(this.#processes.map(({ ended }) => ended));
    const [plan, children] = await this.#look();
    await this.#plans.delete(keyOf(plan), { uid: plan.metadata.uid });
    for (const child of children) {
      await this.#children.delete(keyOf(child), { uid: child.metadata.uid });
    }
  }

  async #begin(doom: Doom | undefined): Promise<void> {
    const clock = this.#clock;
    const isStruck = strikes(doom);
    const stop = new AbortController();
    const line = await openProxy(
      {
        kubeConfig: this.#kubeConfig,
        faultOf: (call) => (isStruck(call) ? lineFault(doom?.blow) : undefined),
        onFault: () => {
          this.#wasStruck = true;
          if (!isKilling(doom)) return;
          this.#isDead = true;
          line.proxy.cut();
          stop.abort(new Error('killed'));
        },
      },
      { clock },
    );
    const { api } = line;
    const logger = new RecordingLogger();
    const informers = new InformerSet({ api, clock, logger, namespaces: [this.#namespace] });
    const metrics = createOperatorMetrics();
    const context = { api, informers, clock, logger, metrics, identity: 'operator' };
    const controllers = synchronizationPlanControllers(context);
    const term = { stop: stop.signal, abort: stop.signal, drainMs: 0 };
    const runs = controllers.map((controller) => controller.run(term));
    const ended = Promise.all([informers.run(stop.signal), ...runs]);
    this.#processes.push({
      line,
      ended,
      stop: () => {
        stop.abort(new Error('the test is over'));
      },
    });
  }

  /**
   * Moves on until the status says all there is to say. An operator that was killed is revived once
   * what was on its way has arrived.
   */
  async #settle(): Promise<void> {
    await eventually(
      async () => {
        if (this.#processes.some(({ line }) => line.proxy.pending > 0)) return false;
        if (this.#isDead) await this.#revive();
        if (await this.#isSettled()) return true;
        // A second at most, and only while no request is on its way.
        await this.#clock.advance(Math.min(this.#clock.nextTimerInMs ?? 1000, 1000));
        return false;
      },
      { ...SETTLE, description: `what follows ${JSON.stringify(this.#doom)}` },
    );
  }

  async #revive(): Promise<void> {
    this.#isDead = false;
    const { slotsAway = 0 } = this.#doom ?? {};
    this.#clock.jumpTo(new Date(this.#clock.now().getTime() + slotsAway * HOUR_MS));
    if (slotsAway > 0) await this.#endChildren();
    await this.#begin(undefined);
  }

  async #isSettled(): Promise<boolean> {
    const [plan, children] = await this.#look();
    const status = plan.status as SynchronizationPlanStatus;
    const { active = [], nextScheduleTime, lastScheduleTime } = status;
    const all = children.map((child) => readChild(child, plan));
    const running = all.filter(isActive).map(({ uid }) => uid);
    const spec = plan.spec as SynchronizationPlanSpec;
    const limit = spec.successfulSynchronizationsHistoryLimit;
    const mayWait = running.length > 0 && spec.concurrencyPolicy !== 'Replace';
    const isTold = all.every(({ slot }) => slot! <= new Date(lastScheduleTime ?? 0));
    const isDue = new Date(nextScheduleTime ?? 0) <= this.#clock.now();
    return (
      isTold &&
      active.length === running.length &&
      active.every(({ uid }) => running.includes(uid)) &&
      all.length - running.length <= limit &&
      (!isDue || mayWait)
    );
  }

  async #look(): Promise<readonly [KubeObject, readonly KubeObject[]]> {
    const plan = await this.#plans.get({ namespace: this.#namespace, name: this.#name });
    if (plan === undefined) throw new Error('the plan is gone');
    const { items } = await this.#children.list({ namespace: this.#namespace });
    return [plan, items.filter((item) => planOf(item)?.name === this.#name)];
  }

  /** The wall clock alone: watches would end within an hour. */
  #jumpToNextSlot(): void {
    const nowMs = this.#clock.now().getTime();
    const passed = Math.floor((nowMs - this.#firstSlotMs) / HOUR_MS);
    this.#clock.jumpTo(new Date(this.#firstSlotMs + (passed + 1) * HOUR_MS));
  }

  /** As the synchronization controller would say it. */
  async #endChildren(): Promise<void> {
    const [plan, children] = await this.#look();
    for (const child of children.filter((each) => isActive(readChild(each, plan)))) {
      this.#lastEnd = wholeSeconds(this.#clock.now());
      const status = { ...endedStatus({ state: 'Succeeded' }), completionTime: this.#lastEnd };
      await this.#children.replace({ ...child, status }, { subresource: 'status' });
    }
  }

  async #judge(): Promise<Outcome> {
    const plan = await this.#lastWords();
    const { misses, lastSuccessfulTime } = plan.status as SynchronizationPlanStatus;
    const slots = Array.from({ length: 24 }, (_, index) => index + 1);
    const timeOf = (slot: number): Date => new Date(this.#firstSlotMs + (slot - 1) * HOUR_MS);
    const slotCalled = (name: string): number =>
      slots.find((slot) => slotName(this.#name, timeOf(slot)) === name) ?? NaN;
    const missed = (misses?.last ?? []).map(({ time }) =>
      slotCalled(slotName(this.#name, new Date(time))),
    );
    return {
      wasStruck: this.#wasStruck,
      runs: this.#created().map(slotCalled),
      missed: missed.reverse(),
      isRemembered: lastSuccessfulTime === this.#lastEnd,
      through: slots.filter((slot) => timeOf(slot) <= new Date(misses?.evaluatedThrough ?? 0))
        .length,
    };
  }

  /** The plan, unless what is asked after everything is settled is what it dies of: then it lives on. */
  async #lastWords(): Promise<KubeObject> {
    for (;;) {
      if (this.#isDead) await this.#settle();
      const [plan] = await this.#look();
      if (!this.#isDead) return plan;
    }
  }

  /** Names of all Synchronizations that the server has ever created. */
  #created(): readonly string[] {
    return this.#processes
      .flatMap(({ line }) => line.proxy.calls)
      .filter(({ method, path, status }) => {
        return method === 'POST' && path.endsWith('/synchronizations') && status === 201;
      })
      .map(({ body }) => (JSON.parse(body) as KubeObject).metadata.name);
  }
}

function isKilling(doom: Doom | undefined): boolean {
  return doom?.blow.startsWith('killed') ?? false;
}

function lineFault(blow: Blow | undefined): Fault | undefined {
  if (blow === 'killed before') return 'cut before';
  return blow === 'killed after' ? 'cut after' : blow;
}

/** Counts requests as {@link Doom} says; true once, for the one that is struck. */
function strikes(doom: Doom | undefined): (call: ProxiedCall) => boolean {
  const writesOnly = ['cut after', 'killed after', 'late'].includes(doom?.blow ?? '');
  const readSinceWrite = new Set<string>();
  let points = 0;
  return ({ method, path }) => {
    if (method !== 'GET') readSinceWrite.clear();
    else if (writesOnly || readSinceWrite.has(path)) return false;
    else readSinceWrite.add(path);
    points++;
    return points === doom?.point;
  };
}
