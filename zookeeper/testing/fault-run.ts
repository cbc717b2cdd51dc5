import { digestAuth } from '../acl.ts';
import { connect } from '../client.ts';
import type { ZooKeeperClient } from '../client.ts';
import { eventually } from './eventually.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { FaultWriter } from './fault-writer.ts';
import type { Outcome } from './fault-writer.ts';
import type { ProxyTarget } from './proxy-server.ts';
import { randomFaults } from './random-faults.ts';
import type { RandomFaultOptions } from './random-faults.ts';
import { seededRandom } from './seeded-random.ts';

export interface FaultRunOptions extends Omit<RandomFaultOptions, 'random'> {
  seed: number;
  /** The run ends after so many faults. */
  faults: number;
  /** Servers of one ensemble; each gets a proxy. */
  targets: readonly ProxyTarget[];
  /** Where the writers' subtrees are; must not exist. */
  root: string;
  writers: number;
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

const patienceMs = 120_000;
const runTimeoutMs = 3_600_000;
const maxIdentities = 20;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The client of the moment. A session that ends is reported, and a new one opened. */
class Sessions {
  readonly #open: () => Promise<ZooKeeperClient>;
  readonly ended: string[] = [];
  #current: Promise<ZooKeeperClient>;

  constructor(open: () => Promise<ZooKeeperClient>) {
    this.#open = open;
    this.#current = this.#openSynced();
  }

  readonly current = async (): Promise<ZooKeeperClient> => {
    const asked = this.#current;
    const client = await asked;
    // Between the check and the new session nothing is awaited, so that there is only one.
    if (client.state === 'ended' && this.#current === asked) {
      this.#current = this.#openSynced();
      this.ended.push((await client.closed).reason);
    }
    return this.#current;
  };

  /** A new session may begin on a server that is behind. */
  async #openSynced(): Promise<ZooKeeperClient> {
    for (;;) {
      const client = await this.#open();
      const sync = async (): Promise<string> => {
        if (client.state !== 'ended') await client.sync('/');
        return client.state;
      };
      const state = await eventually(sync, { timeoutMs: patienceMs, intervalMs: 1 });
      if (state !== 'ended') return client;
      this.ended.push((await client.closed).reason);
    }
  }
}

/**
 * Many writers share one client over connections full of faults, each in its own subtree, until
 * there were enough faults; then everything is compared over a connection without any.
 */
export async function runFaults(options: FaultRunOptions): Promise<FaultReport> {
  const { seed, targets, root, sessionTimeoutMs } = options;
  const random = seededRandom(seed);
  const plan = randomFaults({ ...options, random });
  const proxies = await Promise.all(
    targets.map((target) => startFaultProxy({ target, plan, maxPieceBytes: 1_021 })),
  );
  const direct = await connect({ servers: targets.map(({ host, port }) => `${host}:${port}`) });
  const servers = proxies.map(({ address }) => address);
  const sessions = new Sessions(() =>
    connect({ servers, sessionTimeoutMs, connectTimeoutMs: patienceMs }),
  );
  const report: FaultReport = {
    ...{ seed, faults: 0, connections: 0, outcomes: { ...noOutcomes } },
    ...{ endedSessions: sessions.ended, problems: [] },
  };
  try {
    const writers = await makeWriters({ options, direct, sessions, report });
    await writeUntilDone({ options, writers, proxies, sessions, report });
    await options.settle?.();
    await eventually(() => direct.sync(root), { timeoutMs: patienceMs });
    for (const writer of writers) await writer.verify(direct);
  } finally {
    await (await sessions.current()).close();
    await direct.close();
    for (const proxy of proxies) await proxy.close();
  }
  report.faults = faultsOf(proxies);
  report.connections = sum(proxies.map(({ connectionCount }) => connectionCount));
  return report;
}

function faultsOf(proxies: readonly FaultProxy[]): number {
  return sum(proxies.map(({ faultCount }) => faultCount));
}

interface RunParts {
  options: FaultRunOptions;
  sessions: Sessions;
  report: FaultReport;
}

async function makeWriters(parts: RunParts & { direct: ZooKeeperClient }): Promise<FaultWriter[]> {
  const { options, direct, sessions, report } = parts;
  await direct.create(options.root, null);
  const roots = Array.from({ length: options.writers }, (_, index) => `${options.root}/w${index}`);
  await Promise.all(roots.map((root) => direct.create(root, null)));
  return roots.map(
    (root, index) =>
      new FaultWriter({
        client: sessions.current,
        random: seededRandom(options.seed + index + 1),
        root,
        count: (outcome) => report.outcomes[outcome]++,
        complain: (problem) => report.problems.push(problem),
      }),
  );
}

async function writeUntilDone(
  parts: RunParts & { writers: readonly FaultWriter[]; proxies: readonly FaultProxy[] },
): Promise<void> {
  const { options, writers, proxies, sessions, report } = parts;
  let told = 0;
  const isDone = (): boolean => {
    const faults = faultsOf(proxies);
    if (faults * 10 >= (told + 1) * options.faults) {
      told = Math.floor((faults * 10) / options.faults);
      options.onProgress?.(faults);
    }
    return faults >= options.faults || report.problems.length > 20;
  };
  const write = async (writer: FaultWriter): Promise<void> => {
    while (!isDone()) await inTime(writer.step(), report);
  };
  const authenticate = async (): Promise<void> => {
    for (let number = 0; number < maxIdentities && !isDone(); number++) {
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
      await eventually(() => isTime() || isDone(), { timeoutMs: runTimeoutMs });
      if (!isDone()) await closeSessionOf(await sessions.current(), options);
    }
  };
  await Promise.all([...writers.map(write), authenticate(), steal()]);
}

/** Whoever knows a session can close it, as far as its owner does not take it back at once. */
async function closeSessionOf(owner: ZooKeeperClient, options: FaultRunOptions): Promise<void> {
  const servers = options.targets.map(({ host, port }) => `${host}:${port}`);
  const attach = { sessionId: owner.sessionId, password: owner.sessionPassword };
  const thief = await connect({ servers, attach }).catch(() => null);
  await thief?.close();
}

/** A promise that does not settle is the worst of outcomes: it must not take the run with it. */
async function inTime(step: Promise<void>, report: FaultReport): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      report.problems.push(`a promise did not settle within ${patienceMs} ms`);
      resolve();
    }, patienceMs);
  });
  await Promise.race([step, tooLate]);
  clearTimeout(timer);
}
