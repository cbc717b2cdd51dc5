/**
 * A program for operator.test.ts: jest on Node 20 cannot load the operator frame (it requires an ES
 * module), a process of its own can. Writes one JSON value a line and runs until SIGTERM.
 */
import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { ApiLeaseStore } from '../../kube/lease-store.ts';
import { keyOf } from '../../kube/objects.ts';
import { LEASES, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import { FakeKube } from '../../kube/testing/fake-kube.ts';
import { Controller } from '../controller.ts';
import { InformerSet } from '../informer.ts';
import { LeaderElector } from '../lease.ts';
import { ResiliencyOperator, type ResiliencyOperatorOptions } from '../operator.ts';
import { listenForShutdown } from '../shutdown.ts';

const { group, version, plural } = SYNCHRONIZATIONS;
const leaseKey = { namespace: 'op', name: 'lease' };

const clock = systemClock;
const kube = new FakeKube({ clock });
const logger = createLogger({ level: 'error', stream: process.stderr });

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Uses the frame's own doors, as an operator written for the frame would. */
class ProbeOperator extends ResiliencyOperator {
  constructor(options: ResiliencyOperatorOptions) {
    super(options);
    say({ uri: this.getCustomResourceApiUri(group, version, plural, 'ns') });
  }

  protected override async init(): Promise<void> {
    await this.watchResource(
      group,
      version,
      plural,
      ({ type, meta, object }) => {
        const { name, namespace = '', id } = meta;
        const created = object.metadata?.creationTimestamp instanceof Date;
        say({ event: type, name, namespace, id, created });
        // Errors of handlers must neither end the process nor stop the watch.
        return Promise.reject(new Error('a handler that fails'));
      },
      'ns',
    );
    await super.init();
  }
}

async function main(): Promise<void> {
  const informers = new InformerSet({ api: kube, clock, logger, namespaces: [] });
  const controller = new Controller({
    name: 'probe',
    kind: 'Synchronization',
    watches: [{ informer: informers.get(SYNCHRONIZATIONS) }],
    clock,
    logger,
    reconcile: (key) => {
      say({ reconciled: key.name });
      return Promise.resolve({});
    },
  });
  // eslint-disable-next-line no-restricted-syntax -- a composition root of its own
  const kubeConfig = new KubeConfig();
  const cluster = { name: 'fake', server: 'https://api.invalid:6443', skipTLSVerify: true };
  kubeConfig.loadFromClusterAndUser(cluster, { name: 'user' });
  const store = new ApiLeaseStore(kube, leaseKey);
  const elector = new LeaderElector({ store, identity: 'pod-a', clock, logger });
  const controllers = [controller];
  const operator = new ProbeOperator({ kubeConfig, informers, controllers, elector, logger });
  const stop = listenForShutdown({ source: process, logger, exit: (code) => process.exit(code) });
  stop.addEventListener('abort', () => {
    operator.stop();
  });
  await operator.start();
  await makeHistory();
  say('ready');
  await operator.finished;
  const lease = kube.object(LEASES, leaseKey);
  say({ ended: true, lease: lease?.spec, watches: kube.openWatches });
}

/** Something is made, changed while the watch is cut, and deleted while its history is lost. */
async function makeHistory(): Promise<void> {
  const put = (name: string, namespace: string, v: number) =>
    kube.put(SYNCHRONIZATIONS, { metadata: { name, namespace }, spec: { v } });
  await until(() => kube.openWatches > 0);
  const object = put('a', 'ns', 1);
  put('elsewhere', 'other', 1);
  await whileCut(() => put('a', 'ns', 2));
  await whileCut(() => {
    kube.remove(SYNCHRONIZATIONS, keyOf(object));
    kube.compactHistory();
  });
}

async function whileCut(change: () => void): Promise<void> {
  kube.disconnectWatches();
  await until(() => kube.openWatches === 0);
  change();
  await until(() => kube.openWatches > 0);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => clock.setTimer(10, resolve));
}

void main();
