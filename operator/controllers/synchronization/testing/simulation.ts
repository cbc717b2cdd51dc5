import type { Logger } from '../../../../common/logger.ts';
import { FakeClock } from '../../../../common/testing/fake-clock.ts';
import { CustomResourceStore } from '../../../kube/custom-resource-store.ts';
import { ApiEventRecorder } from '../../../kube/event-recorder.ts';
import { ApiEventReader } from '../../../kube/event-reader.ts';
import { ApiJobStore } from '../../../kube/job-store.ts';
import type { KubeObject, ObjectKey } from '../../../kube/objects.ts';
import { ApiPodReader } from '../../../kube/pod-reader.ts';
import { DATABASES, JOBS, SYNCHRONIZATIONS } from '../../../kube/resources.ts';
import { FakeKube } from '../../../kube/testing/fake-kube.ts';
import { synchronizationReconcile } from '../controller.ts';
import { databaseObject, NAME, NAMESPACE, report, SETTINGS, SPEC } from './builders.ts';
import { FakeWorkers, type FakeAttempt } from './fake-workers.ts';

export const KEY: ObjectKey = { namespace: NAMESPACE, name: NAME };

/** Where a process dies: at its n-th call, before or after the server has carried it out. */
export interface Death {
  readonly call: number;
  readonly side: 'before' | 'after';
}

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

/** A cluster with two Databases, one Synchronization, and an operator that may die. */
export class Simulation {
  readonly clock = new FakeClock();
  readonly kube = new FakeKube({ clock: this.clock });
  readonly workers: FakeWorkers;

  constructor(options: { readonly attempt?: FakeAttempt; readonly spec?: object } = {}) {
    this.workers = new FakeWorkers(this.kube, options.attempt ?? { exitCode: 0, report: report() });
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
  async reconcile(death?: Death): Promise<{ readonly died: boolean; readonly calls: number }> {
    const before = this.kube.calls.length;
    let died = false;
    this.kube.intercept = (_call, index) => {
      if (died) return { fail: 'before' };
      if (index - before !== death?.call) return undefined;
      died = true;
      return { fail: death.side };
    };
    try {
      await this.#newProcess()(KEY, {
        signal: new AbortController().signal,
        logger: silent,
        giveWay: () => Promise.resolve(),
        term: this,
      });
    } catch (error) {
      if (!died) throw error;
    } finally {
      this.kube.intercept = undefined;
    }
    return { died, calls: this.kube.calls.length - before };
  }

  /** Lets operator and workers take turns until nothing changes any more. */
  async settle(turns = 6): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      await this.reconcile();
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
      pods: new ApiPodReader(this.kube),
      events,
      complaints: new ApiEventReader(this.kube),
      clock: this.clock,
    });
  }
}
