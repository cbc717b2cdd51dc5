import { digestAuth } from '../../acl.ts';
import { connect, type ZooKeeperClient } from '../../client.ts';
import type { TlsOptions } from '../../link/tls-options.ts';
import { eventually } from '../../../testing/eventually.ts';
import type { FaultActor, Outcome } from './fault-actor.ts';
import { EphemeralKeeper } from './fault-ephemerals.ts';
import { startFaultProxy, type FaultProxy } from '../fault-proxy.ts';
import { FaultSessions } from './fault-sessions.ts';
import { FaultWatching } from './fault-watching.ts';
import type { WatchCounts } from './fault-watchers.ts';
import { FaultWriter } from './fault-writer.ts';
import type { ProxyTarget } from '../proxy-server.ts';
import { randomFaults, type RandomFaultOptions } from '../random-faults.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';

export interface FaultRunOptions extends Omit<RandomFaultOptions, 'random'> {
  seed: number;
  /** The run ends after so many faults. */
  faults: number;
  /** Servers of one ensemble; each gets a proxy. */
  targets: readonly ProxyTarget[];
  /** Speak TLS to all of them. */
  tls?: TlsOptions;
  /** Where the writers' subtrees are; must not exist. */
  root: string;
  writers: number;
  /** So many keep ephemeral znodes; default 4. */
  keepers?: number;
  /** So many follow a writer by watches, in turn in each way there is; default 8. */
  watchers?: number;
  sessionTimeoutMs: number;
  /** So many times somebody else closes the session, which then is over; default 0. */
  thefts?: number;
  /** Told how many faults there were so far, ten times. */
  onProgress?: (faults: number) => void;
  /** Before everything is compared: lets whatever else was done to the servers come to an end. */
  settle?: () => Promise<void>;
}

export interface FaultReport {
  seed: number;
  faults: number;
  connections: number;
  outcomes: Record<Outcome, number>;
  watched: WatchCounts;
  /** Sessions that came to their end, and the reasons they gave. */
  endedSessions: string[];
  problems: string[];
}

const noOutcomes: Record<Outcome, number> = {
  done: 0,
  unsent: 0,
  unknown: 0,
  lostRead: 0,
  refused: 0,
  read: 0,
};

const PATIENCE_MS = 120_000;
const RUN_TIMEOUT_MS = 3_600_000;
const MAX_IDENTITIES = 20;
const MAX_XID = 0x7fffffff;

/** What belongs to one run. */
interface RunParts {
  options: FaultRunOptions;
  proxies: readonly FaultProxy[];
  direct: ZooKeeperClient;
  sessions: FaultSessions;
  report: FaultReport;
}

interface Actors {
  writers: FaultWriter[];
  keepers: EphemeralKeeper[];
  watching: FaultWatching;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function faultsOf(proxies: readonly FaultProxy[]): number {
  return sum(proxies.map(({ faultCount }) => faultCount));
}

/**
 * Many writers share one client over connections full of faults, each in its own subtree, until
 * there were enough faults; some keep ephemeral znodes, some follow others by watches. Then
 * everything is compared over a connection without any.
 */
export async function runFaults(options: FaultRunOptions): Promise<FaultReport> {
  const parts = await prepare(options);
  const { proxies, direct, sessions, report } = parts;
  try {
    const actors = await makeActors(parts);
    await actUntilDone(parts, actors);
    await options.settle?.();
    for (const proxy of proxies) proxy.isCalm = true;
    await compare(parts, actors);
  } finally {
    await (await sessions.current()).close();
    await direct.close();
    for (const proxy of proxies) await proxy.close();
  }
  report.faults = faultsOf(proxies);
  report.connections = sum(proxies.map(({ connectionCount }) => connectionCount));
  return report;
}

async function prepare(options: FaultRunOptions): Promise<RunParts> {
  const { seed, targets, sessionTimeoutMs } = options;
  const plan = randomFaults({ ...options, random: seededRandom(seed) });
  const proxies = await Promise.all(
    targets.map((target) => startFaultProxy({ target, plan, maxPieceBytes: 1_021 })),
  );
  const direct = await connect(undisturbed(options));
  const servers = proxies.map(({ address }) => address);
  // Every session soon comes to the last request number and begins again at 1.
  const numbering = { lastXid: MAX_XID - 50 };
  const settings = { ...undisturbed(options), servers, sessionTimeoutMs, ...numbering };
  const sessions = new FaultSessions(() => connect({ ...settings, connectTimeoutMs: PATIENCE_MS }));
  const report: FaultReport = {
    ...{ seed, faults: 0, connections: 0, outcomes: { ...noOutcomes } },
    watched: { events: 0, resyncs: 0, fired: 0 },
    ...{ endedSessions: sessions.ended, problems: [] },
  };
  return { options, proxies, direct, sessions, report };
}

function undisturbed({ targets, tls }: FaultRunOptions) {
  const servers = targets.map(({ host, port }) => `${host}:${port}`);
  return tls === undefined ? { servers } : { servers, tls };
}

async function makeActors({ options, direct, sessions, report }: RunParts): Promise<Actors> {
  const { seed, root, writers, keepers = 4, watchers = 8 } = options;
  await direct.create(root, null);
  const common = {
    client: sessions.current,
    count: (outcome: Outcome) => report.outcomes[outcome]++,
    complain: (problem: string) => report.problems.push(problem),
  };
  const rootsOf = (letter: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${root}/${letter}${index}`);
  const [writersRoots, keepersRoots] = [rootsOf('w', writers), rootsOf('e', keepers)];
  await Promise.all([...writersRoots, ...keepersRoots].map((path) => direct.create(path, null)));
  const settings = (path: string, index: number) => {
    return { ...common, root: path, random: seededRandom(seed + index + 1) };
  };
  const watching = { ...common, roots: writersRoots.slice(0, watchers), counts: report.watched };
  return {
    writers: writersRoots.map((path, index) => new FaultWriter(settings(path, index))),
    keepers: keepersRoots.map((path, i) => new EphemeralKeeper(settings(path, writers + i))),
    watching: new FaultWatching(watching),
  };
}

async function actUntilDone(parts: RunParts, actors: Actors): Promise<void> {
  const { options, proxies, sessions, report } = parts;
  let told = 0;
  const isDone = (): boolean => {
    const faults = faultsOf(proxies);
    if (faults * 10 >= (told + 1) * options.faults) {
      told = Math.floor((faults * 10) / options.faults);
      options.onProgress?.(faults);
    }
    return faults >= options.faults || report.problems.length > 20;
  };
  const act = async (actor: FaultActor): Promise<void> => {
    while (!isDone()) await inTime(actor.step(), report);
  };
  const authenticate = async (): Promise<void> => {
    for (let number = 0; number < MAX_IDENTITIES && !isDone(); number++) {
      const client = await sessions.current();
      await inTime(
        client.addAuth(digestAuth(`user${number}`, 'x')).catch(() => undefined),
        report,
      );
    }
  };
  const steal = async (): Promise<void> => {
    const { thefts = 0, faults } = options;
    for (let theft = 1; theft <= thefts; theft++) {
      const isTime = (): boolean => faultsOf(proxies) >= (faults * theft) / (thefts + 1);
      await eventually(() => isTime() || isDone(), { timeoutMs: RUN_TIMEOUT_MS });
      if (!isDone()) await closeSessionOf(await sessions.current(), options);
    }
  };
  actors.watching.start();
  const acting = [...actors.writers, ...actors.keepers].map(act);
  await Promise.all([...acting, authenticate(), steal()]);
}

/** Whoever knows a session can close it, as far as its owner does not take it back at once. */
async function closeSessionOf(owner: ZooKeeperClient, options: FaultRunOptions): Promise<void> {
  const attach = { sessionId: owner.sessionId, password: owner.sessionPassword };
  const thief = await connect({ ...undisturbed(options), attach }).catch(() => null);
  await thief?.close();
}

async function compare({ options, direct, sessions }: RunParts, actors: Actors): Promise<void> {
  await eventually(() => direct.sync(options.root), { timeoutMs: PATIENCE_MS });
  for (const actor of [...actors.writers, ...actors.keepers]) await actor.verify(direct);
  await actors.watching.verify(direct);
  await actors.watching.stop();
  await (await sessions.current()).close();
  for (const keeper of actors.keepers) await keeper.verifyNoneLeft(direct);
}

/** A promise that does not settle is the worst of outcomes: it must not take the run with it. */
async function inTime(step: Promise<void>, report: FaultReport): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      report.problems.push(`a promise did not settle within ${PATIENCE_MS} ms`);
      resolve();
    }, PATIENCE_MS);
  });
  await Promise.race([step, tooLate]);
  clearTimeout(timer);
}
