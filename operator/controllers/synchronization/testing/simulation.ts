import { LABELS } from '../../../../api/labels.ts';
import type { Logger } from '../../../../common/logger.ts';
import { FakeClock } from '../../../../testing/fake-clock.ts';
import { CustomResourceStore } from '../../../kube/custom-resource-store.ts';
import { ApiEventRecorder } from '../../../kube/event-recorder.ts';
import { ApiEventReader } from '../../../kube/event-reader.ts';
import { ApiJobStore } from '../../../kube/job-store.ts';
import type { KubeObject, ObjectKey } from '../../../kube/objects.ts';
import { ApiPodStore } from '../../../kube/pod-store.ts';
import { DATABASES, JOBS, SYNCHRONIZATIONS } from '../../../kube/resources.ts';
import { FakeKube, type FakeCall } from '../../../kube/testing/fake-kube.ts';
import type { ReconcileResult } from '../../../runtime/controller.ts';
import { synchronizationReconcile } from '../controller.ts';
import { databaseObject, NAME, NAMESPACE, report, SETTINGS, SPEC } from './builders.ts';
import { FakeWorkers, type FakeAttempt, type FakeWorkersOptions } from './fake-workers.ts';

export const KEY: ObjectKey = { namespace: NAMESPACE, name: NAME };

/** Where a process dies: at its n-th call, or at the first of a kind, before or after the server did it. */
export interface Death {
  readonly call: number | ((call: FakeCall) => boolean);
  readonly side: 'before' | 'after';
}

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

/** The process dies when it has made the Job, and has not told of it. */
export const JUST_MADE_A_JOB: Death = {
  call: ({ method, path }) => method === 'POST' && path.endsWith('/jobs'),
  side: 'after',
};

function isIts({ call: at }: Death, call: FakeCall, index: number): boolean {
  return typeof at === 'number' ? at === index : at(call);
}

export interface SimulationOptions {
  readonly attempt?: FakeAttempt;
  readonly attempts?: FakeWorkersOptions['attempts'] | undefined;
  readonly hasSidecar?: boolean;
  readonly spec?: object;
}

/** A cluster with two Databases, one Synchronization, and an operator that may die. */
export class Simulation {
  readonly clock = new FakeClock();
  readonly kube = new FakeKube({ clock: this.clock });
  readonly workers: FakeWorkers;

  constructor(options: SimulationOptions = {}) {
    const { attempt = { exitCode: 0, report: report() }, attempts = [attempt] } = options;
    const { hasSidecar = false } = options;
    const { clock } = this;
    this.workers = new FakeWorkers(this.kube, { attempts, hasSidecar, clock });
    for (const name of ['zookeeper-source', 'zookeeper-destination']) {
      this.kube.put(DATABASES, { ...databaseObject(name) });
    }
    this.kube.put(SYNCHRONIZATIONS, {
      metadata: { ...KEY },
      spec: options.spec ?? SPEC,
      status: { observedGeneration: -1 },
    });
  }

  get synchronization(): KubeObject | undefined {
    return this.kube.object(SYNCHRONIZATIONS, KEY);
  }

  get jobs(): readonly KubeObject[] {
    return this.kube.objects(JOBS);
  }

  /** Runs a new process on the object once; a process that dies never comes back. */
  async reconcile(
    death?: Death,
    key: ObjectKey = KEY,
  ): Promise<ReconcileResult & { readonly died: boolean; readonly calls: number }> {
    const before = this.kube.calls.length;
    let died = false;
    let result: ReconcileResult = {};
    this.kube.intercept = (call, index) => {
      if (died) return { fail: 'before' };
      if (death === undefined || !isIts(death, call, index - before)) return undefined;
      died = true;
      return { fail: death.side };
    };
    try {
      result = await this.#newProcess()(key, {
        signal: new AbortController().signal,
        logger: silent,
        yieldToWaiting: () => Promise.resolve(),
        term: this,
      });
    } catch (error) {
      if (!died) throw error;
    } finally {
      this.kube.intercept = undefined;
    }
    return { ...result, died, calls: this.kube.calls.length - before };
  }

  /** Lets operator and workers take turns until nothing changes any more. */
  async settle(turns = 6, key: ObjectKey = KEY): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      await this.reconcile(undefined, key);
      this.workers.step();
    }
  }

  #newProcess() {
    const synchronizations = new CustomResourceStore(this.kube, SYNCHRONIZATIONS);
    const events = new ApiEventRecorder({
      api: this.kube,
      clock: this.clock,
      logger: silent,
      component: 'synchronization-controller',
      instance: 'test',
    });
    return synchronizationReconcile(SETTINGS.workerImage, {
      serverVersion: () => Promise.resolve(SETTINGS.serverVersion),
      // A cache that never catches up: nothing may depend on it.
      cache: { get: () => undefined, list: () => [] },
      synchronizations,
      rivals: synchronizations,
      databases: new CustomResourceStore(this.kube, DATABASES),
      jobs: new ApiJobStore(this.kube),
      // It is filled before a process begins, and what it shows of Jobs is only a reason to look.
      // Of Jobs without our label the watch is told nothing.
      jobCache: {
        get: (key) => {
          const job = this.kube.object(JOBS, key);
          return job?.metadata.labels[LABELS.synchronizationUid] === undefined ? undefined : job;
        },
      },
      pods: new ApiPodStore(this.kube),
      events,
      complaints: new ApiEventReader(this.kube),
      clock: this.clock,
    });
  }
}
