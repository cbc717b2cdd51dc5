import { ANNOTATIONS } from '../../../../api/labels.ts';
import { slotName } from '../../../../api/names.ts';
import type { Logger } from '../../../../common/logger.ts';
import { FakeClock } from '../../../../testing/fake-clock.ts';
import { CustomResourceStore } from '../../../kube/custom-resource-store.ts';
import { ApiEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf, type KubeObject, type ObjectKey } from '../../../kube/objects.ts';
import { EVENTS, SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../../kube/resources.ts';
import { ApiWorkerReader } from '../../../kube/worker-reader.ts';
import { type FakeCall, FakeKube } from '../../../kube/testing/fake-kube.ts';
import type { Reconcile } from '../../../runtime/controller.ts';
import { isActive, planOf, readChild } from '../child.ts';
import { planReconcile, type PlanDependencies } from '../controller.ts';
import { NAMESPACE, PLAN, SPEC } from './builders.ts';

export const KEY: ObjectKey = { namespace: NAMESPACE, name: PLAN };

/** Where a process dies: at its n-th call, before or after the server has carried it out. */
export interface Death {
  readonly call: number;
  readonly side: 'before' | 'after';
}

export interface SimulationOptions {
  readonly spec?: object;
  readonly name?: string;
  /** The watch of children shows nothing at all: it is that far behind. */
  readonly seesNoChildren?: boolean;
  /** The process that dies comes back as it was: it only could not reach the server for a while. */
  readonly isOneProcess?: boolean;
}

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

/** A cluster with one plan, created on the minute, and an operator that may die. */
export class Simulation {
  readonly clock = new FakeClock(new Date('2026-03-28T00:00:00Z'));
  readonly kube = new FakeKube({ clock: this.clock });
  /** UIDs of all Synchronizations ever made, by name. */
  readonly made = new Map<string, Set<string>>();
  /** What the watch of plans shows instead of the plan as it is; null: no plan. */
  cachedPlan: KubeObject | null | undefined;
  /** Calls that the server refuses. */
  refuse: ((call: FakeCall) => Error | undefined) | undefined;
  /** One of leadership. */
  term: object = {};
  readonly #options: SimulationOptions;
  #process: Reconcile | undefined;

  constructor(options: SimulationOptions = {}) {
    this.#options = options;
    this.kube.put(SYNCHRONIZATION_PLANS, {
      metadata: { ...KEY },
      spec: { ...SPEC, schedule: '* * * * *', ...options.spec },
      status: { observedGeneration: -1 },
    });
  }

  get plan(): KubeObject {
    const plan = this.kube.object(SYNCHRONIZATION_PLANS, KEY);
    if (plan === undefined) throw new Error('the plan is gone');
    return plan;
  }

  get children(): readonly KubeObject[] {
    return this.kube.objects(SYNCHRONIZATIONS);
  }

  get eventReasons(): readonly unknown[] {
    return this.kube.objects(EVENTS).map((event) => event['reason']);
  }

  /** Name of the child of that minute after the plan's creation. */
  childName(minute: number): string {
    return slotName(PLAN, new Date(Date.parse('2026-03-28T00:00:00Z') + minute * 60_000));
  }

  /** Somebody annotates the plan with that token. */
  askToRunNow(token: string): void {
    this.replaceAnnotations({ ...this.plan.metadata.annotations, [ANNOTATIONS.runNow]: token });
  }

  /** Somebody replaces the plan by a file with these annotations. */
  replaceAnnotations(annotations: Readonly<Record<string, string>>): void {
    const { plan } = this;
    this.kube.put(SYNCHRONIZATION_PLANS, { ...plan, metadata: { ...plan.metadata, annotations } });
  }

  /** The plan and its children are lost, and a backup tool brings the plan back, without status. */
  restorePlan(): void {
    const { spec, metadata } = this.plan;
    this.kube.remove(SYNCHRONIZATION_PLANS, KEY);
    this.kube.put(SYNCHRONIZATION_PLANS, {
      metadata: { ...KEY, annotations: metadata.annotations },
      spec,
      status: { observedGeneration: -1 },
    });
  }

  /** Runs a process on the plan once: a new one, for one that dies never comes back. */
  async reconcile(death?: Death): Promise<{
    readonly died: boolean;
    readonly calls: number;
    readonly requeueAfterMs?: number | undefined;
    readonly error?: unknown;
  }> {
    const before = this.kube.calls.length;
    let died = false;
    this.kube.intercept = (call, index) => {
      const error = this.refuse?.(call);
      if (error !== undefined) return { fail: 'before', error };
      if (died) return { fail: 'before' };
      if (index - before !== death?.call) return undefined;
      died = true;
      return { fail: death.side };
    };
    let result: { error?: unknown; requeueAfterMs?: number | undefined };
    try {
      const context = {
        signal: new AbortController().signal,
        logger: silent,
        yieldToWaiting: () => Promise.resolve(),
        term: this.term,
      };
      if (this.#options.isOneProcess !== true) this.#process = undefined;
      this.#process ??= planReconcile(this.#dependencies());
      result = await this.#process(KEY, context);
    } catch (error) {
      result = { error };
    } finally {
      this.kube.intercept = undefined;
    }
    for (const { metadata } of this.children) {
      this.made.set(metadata.name, (this.made.get(metadata.name) ?? new Set()).add(metadata.uid));
    }
    return { died, calls: this.kube.calls.length - before, ...result };
  }

  /** Reconciles until nothing is written any more; fails if something keeps failing. */
  async settle(): Promise<void> {
    for (let round = 0; round < 10; round++) {
      const writes = this.kube.writes.length;
      const { error } = await this.reconcile();
      if (error === undefined && this.kube.writes.length === writes) return;
      if (round === 9) throw new Error('it does not settle', { cause: error });
    }
  }

  /** Ends all children that run, as the synchronization controller would say it. */
  endChildren(): void {
    const now = this.clock.now().toISOString();
    for (const child of this.children.filter((each) => isActive(readChild(each, this.plan)))) {
      this.kube.put(SYNCHRONIZATIONS, {
        ...child,
        status: {
          observedGeneration: 1,
          conditions: [
            {
              type: 'Succeeded',
              status: 'True',
              reason: 'Verified',
              message: '',
              lastTransitionTime: now,
            },
          ],
          startTime: child.metadata.creationTimestamp,
          completionTime: now,
          result: { verified: true, dryRun: false, source: { zxid: '0x1', time: now } },
        },
      });
    }
  }

  /** Somebody deletes a child. */
  removeChild(name: string): void {
    this.kube.remove(SYNCHRONIZATIONS, { namespace: NAMESPACE, name });
  }

  #dependencies(): PlanDependencies {
    const children = this.#options.seesNoChildren === true ? () => [] : this.#childrenOf;
    return {
      cache: {
        get: () => (this.cachedPlan === undefined ? this.plan : (this.cachedPlan ?? undefined)),
        list: () => [],
      },
      childIndex: { childrenOf: children },
      plans: new CustomResourceStore(this.kube, SYNCHRONIZATION_PLANS),
      children: new CustomResourceStore(this.kube, SYNCHRONIZATIONS),
      workers: new ApiWorkerReader(this.kube),
      events: new ApiEventRecorder({
        api: this.kube,
        clock: this.clock,
        logger: silent,
        component: 'synchronizationplan-controller',
        instance: 'test',
      }),
      clock: this.clock,
    };
  }

  readonly #childrenOf = (plan: ObjectKey): readonly KubeObject[] =>
    this.children.filter(
      (child) => planOf(child)?.name === plan.name && keyOf(child).namespace === plan.namespace,
    );
}
