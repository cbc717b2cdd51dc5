import type { ExitName } from '../../../api/worker-contract.ts';
import { randomFaults } from '../../../zookeeper/testing/index.ts';
import { eventually } from '../../../testing/eventually.ts';
import { integerFrom } from '../../../testing/seeded-random.ts';
import { controlDir, HOLDER_PREFIX } from '../../storage/control-tree.ts';
import type { RunningWorker, WorkerExit } from '../run-worker.ts';
import type { Battlefield, Front } from './battlefield.ts';

/** Where a run takes place. */
export interface Ground {
  readonly field: Battlefield;
  readonly root: string;
  readonly random: () => number;
}

/** What a disturbance can lay hands on. */
export interface Scene extends Ground {
  readonly worker: RunningWorker;
}

export interface Disturbance {
  readonly name: string;
  /** How the disturbed run may end besides in success, which is judged by what it says. */
  readonly ends: readonly (ExitName | 'killed')[];
  /** Called before the worker starts. */
  readonly prepare?: (ground: Ground) => void;
  /** True: the run is disturbed from its first moment, not from a random one. */
  readonly isEarly?: boolean;
  /** Called in the middle of the run. Resolves with the ends of further runs. */
  readonly disturb: (scene: Scene) => Promise<readonly WorkerExit[]>;
}

const WAIT_TIMEOUT_MS = 60_000;
/** Some are over before a session is, and some are not. */
const MAX_PAUSE_MS = 3_500;
/** Most runs hold a root this small for about so long. */
const MAX_HOLD_MS = 40;
/** Bytes that pass before a line breaks: a connect request, or most of a run. */
const MAX_FAULT_BYTES = 60_000;

const NO_FURTHER_RUNS: readonly WorkerExit[] = [];
const leaveAlone = (): Promise<readonly WorkerExit[]> => Promise.resolve(NO_FURTHER_RUNS);

const SIDES = ['source', 'destination'] as const;

/** Everything that is done to a run. */
export const DISTURBANCES: readonly Disturbance[] = [
  { name: 'nothing', ends: [], disturb: leaveAlone },
  { name: 'run killed', ends: ['killed'], disturb: signal('SIGKILL') },
  { name: 'run terminated', ends: ['Terminated'], disturb: signal('SIGTERM') },
  { name: 'run frozen until superseded', ends: [], disturb: freezeUntilSuperseded },
  { name: 'another writer', ends: ['AnotherWriter'], disturb: bringAnotherWriter },
  { name: 'holder removed', ends: ['AnotherWriter'], isEarly: true, disturb: removeHolder },
  ...SIDES.flatMap((side): Disturbance[] => {
    const ends = [side === 'source' ? 'SourceUnavailable' : 'DestinationUnavailable'] as const;
    const to = (change: (front: Front, random: () => number) => Promise<unknown>) => ({
      ends,
      disturb: async ({ field, random }: Scene): Promise<readonly WorkerExit[]> => {
        await change(field[side], random);
        return NO_FURTHER_RUNS;
      },
    });
    const prepare = ({ field, random }: Ground): void => {
      spoil(field[side], random);
    };
    return [
      { name: `${side} restarted`, ...to(({ server }) => server.restart()) },
      { name: `${side} frozen`, ...to(freeze) },
      { name: `${side} cut off`, ...to(cut) },
      { name: `${side} stalled`, ...to(stall) },
      { name: `${side} on a bad line`, ends, prepare, disturb: leaveAlone },
    ];
  }),
];

function signal(name: NodeJS.Signals): Disturbance['disturb'] {
  return ({ worker }) => {
    worker.kill(name);
    return Promise.resolve(NO_FURTHER_RUNS);
  };
}

/** The second run waits for the session of the first to end, which then wakes up again. */
async function freezeUntilSuperseded(scene: Scene): Promise<readonly WorkerExit[]> {
  const { field, root, worker } = scene;
  worker.kill('SIGSTOP');
  const next = await field.start({ root });
  const exit = await next.exited;
  worker.kill('SIGCONT');
  return [exit];
}

/** Half of the time the first one stands still meanwhile: it holds the root, or is about to. */
async function bringAnotherWriter(scene: Scene): Promise<readonly WorkerExit[]> {
  const { field, root, worker, random } = scene;
  if (random() < 0.5) worker.kill('SIGSTOP');
  const other = await field.start({ root, writerId: 'plan-b' });
  const exit = await other.exited;
  worker.kill('SIGCONT');
  return [exit];
}

/** Soon after there is one, so that writes of the run would come after that. */
async function removeHolder({
  field,
  root,
  worker,
  random,
}: Scene): Promise<readonly WorkerExit[]> {
  const { client } = field.destination;
  const dir = controlDir(root);
  let isOver = false;
  void worker.exited.then(() => (isOver = true));
  const look = async (): Promise<string | true | undefined> => {
    const { children } = await client.getChildren(dir).catch(() => ({ children: [] }));
    return children.find((name) => name.startsWith(HOLDER_PREFIX)) ?? (isOver || undefined);
  };
  const found = await eventually(look, { timeoutMs: WAIT_TIMEOUT_MS, intervalMs: 1 });
  await pause(random, MAX_HOLD_MS);
  if (found !== true) await client.delete(`${dir}/${found}`).catch(() => undefined);
  return NO_FURTHER_RUNS;
}

async function freeze({ server }: Front, random: () => number): Promise<void> {
  await server.kill('SIGSTOP');
  await pause(random);
  await server.kill('SIGCONT');
}

function cut({ proxy }: Front): Promise<void> {
  proxy.cut();
  return Promise.resolve();
}

async function stall({ proxy }: Front, random: () => number): Promise<void> {
  proxy.stall();
  await pause(random);
  proxy.resume();
}

function spoil(front: Front, random: () => number): void {
  front.plan = randomFaults({ random, maxBytes: MAX_FAULT_BYTES, silentShare: 0.2 });
}

async function pause(random: () => number, maxMs = MAX_PAUSE_MS): Promise<void> {
  const end = performance.now() + integerFrom(random, 0, maxMs);
  await eventually(() => performance.now() > end, { timeoutMs: WAIT_TIMEOUT_MS, intervalMs: 1 });
}
