import { EXIT_CODES, exitCodeOf } from '../../../api/worker-contract.ts';
import { eventually } from '../../../testing/eventually.ts';
import { integerFrom, seededRandom } from '../../../testing/seeded-random.ts';
import type { WorkerExit } from '../run-worker.ts';
import { snapshot, type Znodes } from '../znodes.ts';
import { startBattlefield, type Battlefield } from './battlefield.ts';
import { DISTURBANCES, type Disturbance } from './disturbances.ts';
import { churn, Mutator, plant, STABLE } from './mutator.ts';
import { SourceHistory } from './source-history.ts';
import { WriteWitness } from './write-witness.ts';

export interface FireOptions {
  readonly seed: number;
  readonly rounds: number;
  /** A new root, and with it a destination that has nothing yet, comes after so many. */
  readonly roundsPerRoot: number;
  /** Told of each round, for a log. */
  readonly onRound?: (line: string) => void;
}

export interface FireReport {
  /** How the disturbed runs ended: exit code, or `killed`, to how many. */
  readonly ends: Record<string, number>;
  /** Znodes that were written at the destination, and sessions that wrote them. */
  writes: number;
  writers: number;
  readonly problems: string[];
}

const WAIT_TIMEOUT_MS = 120_000;
/** Changes of the source between the start of a run and what is done to it. */
const MAX_CHANGES_BEFORE = 600;

/**
 * Mirrors a source that changes all the time, round after round, while runs are killed, servers
 * restarted and connections broken. After each round the source rests and a run that nobody
 * disturbs must make both sides equal. What must never happen is a problem of the report:
 *
 * - a znode that the source had throughout is missing at the destination, or was so for a moment;
 * - a success leaves something that the source did not have at its point or later;
 * - a write comes from a run that was superseded, or without the mark;
 * - a run ends in a way that the disturbance does not explain.
 */
export async function runUnderFire(options: FireOptions): Promise<FireReport> {
  const report: FireReport = { ends: {}, writes: 0, writers: 0, problems: [] };
  await using field = await startBattlefield();
  const random = seededRandom(options.seed);
  // Every disturbance comes once before any comes again.
  let bag: Disturbance[] = [];
  for (let done = 0; done < options.rounds;) {
    const stage = await Stage.open(field, `/fire-${done}`, { random, report });
    const end = Math.min(options.rounds, done + options.roundsPerRoot);
    for (; done < end; done += 1) {
      if (bag.length === 0) bag = [...DISTURBANCES];
      const [disturbance] = bag.splice(integerFrom(random, 0, bag.length - 1), 1);
      if (disturbance === undefined) throw new Error('the bag is empty');
      const line = await stage.round(disturbance);
      options.onRound?.(`round ${done + 1}: ${line}`);
    }
    stage.close();
    if (report.problems.length > 0) break;
  }
  return report;
}

/** One root, from the first copy on. */
class Stage {
  readonly #field: Battlefield;
  readonly #root: string;
  readonly #random: () => number;
  readonly #report: FireReport;
  readonly #history: SourceHistory;
  readonly #witness: WriteWitness;
  #wasCopied = false;

  private constructor(
    field: Battlefield,
    root: string,
    { random, report }: { random: () => number; report: FireReport },
  ) {
    this.#field = field;
    this.#root = root;
    this.#random = random;
    this.#report = report;
    this.#history = new SourceHistory(root);
    this.#witness = new WriteWitness(root, `${root}/${STABLE.name}`);
  }

  static async open(
    field: Battlefield,
    root: string,
    context: { random: () => number; report: FireReport },
  ): Promise<Stage> {
    await plant(field.source.client, root);
    return new Stage(field, root, context);
  }

  /** @returns what happened, in a line */
  async round(disturbance: Disturbance): Promise<string> {
    const { source } = this.#field;
    const startMs = performance.now();
    await churn(source.client, this.#root, this.#random);
    const mutator = new Mutator(source.client, this.#root, this.#random);
    const exit = await this.#disturbedRun(disturbance, mutator);
    const end = exit.code === null ? 'killed' : String(exit.code);
    this.#report.ends[end] = (this.#report.ends[end] ?? 0) + 1;
    await this.#field.calm();
    await mutator.rest();
    await this.#judgeEnd(disturbance, exit);
    await this.#runAtRest();
    return `${disturbance.name}: ${end} after ${mutator.made} changes of the source, ${Math.round(performance.now() - startMs)} ms`;
  }

  close(): void {
    this.#report.writes += this.#witness.writes;
    this.#report.writers += this.#witness.writerCount;
    this.#report.problems.push(...this.#witness.problems);
  }

  async #disturbedRun(disturbance: Disturbance, mutator: Mutator): Promise<WorkerExit> {
    const [field, root, random] = [this.#field, this.#root, this.#random];
    disturbance.prepare?.({ field, root, random });
    const worker = await field.start({ root });
    let isOver = false;
    void worker.exited.then(() => (isOver = true));
    await worker.logged('synchronize');
    const delay = disturbance.isEarly === true ? 0 : integerFrom(random, 0, MAX_CHANGES_BEFORE);
    const after = mutator.made + delay;
    const isTime = (): boolean => isOver || mutator.made >= after;
    await eventually(isTime, { timeoutMs: WAIT_TIMEOUT_MS, intervalMs: 1 });
    const others = await disturbance.disturb({ field, root, random, worker });
    for (const other of others) this.#judgeOther(disturbance, other);
    return await worker.exited;
  }

  #judgeOther(disturbance: Disturbance, { code, result }: WorkerExit): void {
    const allowed = ['Success', 'AnotherWriter', 'PreviousRunAlive', 'SessionLost'];
    if (allowed.includes(exitCodeOf(code ?? -1)?.name ?? 'crash')) return;
    this.#problem(disturbance, `the other run ended with ${code}: ${result?.message}`);
  }

  async #judgeEnd(disturbance: Disturbance, exit: WorkerExit): Promise<void> {
    await this.#readLogs();
    const { code, result } = exit;
    const end = code === null ? 'killed' : (exitCodeOf(code)?.name ?? 'crash');
    // A machine that stands still for some seconds costs a session, whatever was done besides.
    const explained: readonly string[] = ['Success', 'SessionLost', ...disturbance.ends];
    if (!explained.includes(end)) {
      this.#problem(disturbance, `ended with ${code}: ${result?.message} ${exit.stderr}`);
    }
    const copy = await this.#copy();
    if (this.#wasCopied) this.#lookForStable(disturbance, copy);
    if (code === EXIT_CODES.Success.code) this.#judgeSuccess(disturbance, exit, copy);
  }

  #judgeSuccess(disturbance: Disturbance, { result }: WorkerExit, copy: Znodes): void {
    this.#wasCopied = true;
    this.#lookForStable(disturbance, copy);
    if (result?.verified !== true || !result.fenced) {
      this.#problem(disturbance, 'a success that is not verified and fenced');
    }
    const point = BigInt(result?.source?.zxid ?? -1);
    const wrong = this.#history.pathsNotHeldSince(point, copy);
    if (wrong.length === 0) return;
    this.#problem(
      disturbance,
      `a success of ${result?.source?.zxid} left at ${wrong.slice(0, 5).join(', ')} what the source had neither then nor later`,
    );
  }

  #lookForStable(disturbance: Disturbance, copy: Znodes): void {
    const prefix = `${this.#root}/${STABLE.name}/`;
    const found = Object.entries(copy).filter(
      ([path, data]) => path.startsWith(prefix) && data === STABLE.data,
    );
    if (found.length === STABLE.count) return;
    this.#problem(disturbance, `${found.length} of ${STABLE.count} stable znodes are there`);
  }

  async #runAtRest(): Promise<void> {
    const worker = await this.#field.start({ root: this.#root, isPatient: true });
    const { code, result, stderr } = await worker.exited;
    await this.#readLogs();
    this.#wasCopied = true;
    const { source } = this.#field;
    const isEqual =
      JSON.stringify(await this.#copy()) ===
      JSON.stringify(await snapshot(source.client, this.#root));
    if (code === 0 && result?.verified === true && isEqual) return;
    this.#report.problems.push(
      `at rest, ${this.#root}: ${code}, ${isEqual ? 'equal' : 'not equal'}: ${result?.message} ${stderr}`,
    );
  }

  async #copy(): Promise<Znodes> {
    const { client } = this.#field.destination;
    await client.sync('/');
    return (await client.exists(this.#root)) === null ? {} : await snapshot(client, this.#root);
  }

  async #readLogs(): Promise<void> {
    const { source, destination } = this.#field;
    this.#history.see(await source.log.read());
    this.#witness.see(await destination.log.read());
  }

  #problem({ name }: Disturbance, what: string): void {
    this.#report.problems.push(`${name}, ${this.#root}: ${what}`);
  }
}
