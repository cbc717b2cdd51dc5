import type { Bundle } from './bundle-tests.ts';
import type { Mutant } from './instrument.ts';
import { processLine } from './process-line.ts';
import type { Covered, CoveredTest } from './protocol.ts';

export interface Verdict {
  readonly mutant: Mutant;
  /** What failed; null for one that lives. */
  readonly killedBy: string | null;
  /** False if no test comes to it. */
  readonly isReached: boolean;
}

export interface TryOptions {
  /** Tests that take more of the processor are left out. */
  readonly maxTestMs: number;
  readonly onVerdict: (verdict: Verdict) => void;
  /** Called for each test that is left out. */
  readonly onLeftOut: (test: string, why: string) => void;
}

/** Beside what a test takes otherwise, many times over: others use the machine, too. */
const MIN_TIMEOUT_MS = 10_000;
const TIMEOUT_FACTOR = 20;

interface PlacedTest extends CoveredTest {
  readonly place: number;
}

/** Tries one mutant after the other, with the tests that come to it, the nearest and cheapest first. */
export async function tryMutants(bundle: Bundle, options: TryOptions): Promise<void> {
  const line = processLine(bundle.file);
  const covered = await line.cover();
  const tests = usableTests(covered, options);
  const atStart = new Set(covered.atStart);

  const killerOf = async (
    mutant: Mutant,
    chosen: readonly PlacedTest[],
    fromStart: boolean,
  ): Promise<string | null> => {
    if (chosen.length === 0) return null;
    const { killedBy } = await line.try({
      ...{ kind: 'try', mutant: mutant.id, fromStart },
      tests: chosen.map(({ place }) => place),
      timeoutsMs: chosen.map(({ costMs }) => MIN_TIMEOUT_MS + TIMEOUT_FACTOR * costMs),
    });
    return killedBy;
  };

  for (const mutant of bundle.mutants) {
    const near = nearest(tests, bundle, mutant.file);
    const reaching = near.filter(({ mutants }) => mutants.includes(mutant.id));
    const runsAtStart = atStart.has(mutant.id);
    let killedBy = await killerOf(mutant, reaching, false);
    if (runsAtStart) killedBy ??= await killerOf(mutant, near, true);
    options.onVerdict({ mutant, killedBy, isReached: runsAtStart || reaching.length > 0 });
  }
  line.end();
}

function nearest(
  tests: readonly PlacedTest[],
  { testFiles, distance }: Bundle,
  mutatedFile: string,
): readonly PlacedTest[] {
  return tests
    .map((test) => ({ test, far: distance(testFiles[test.fileIndex] ?? '', mutatedFile) }))
    .filter(({ far }) => !Number.isNaN(far))
    .sort((one, other) => one.far - other.far || one.test.costMs - other.test.costMs)
    .map(({ test }) => test);
}

function usableTests({ tests }: Covered, options: TryOptions): readonly PlacedTest[] {
  return tests
    .map((test, place) => ({ ...test, place }))
    .filter(({ name, failure, costMs }) => {
      const why =
        failure !== ''
          ? `fails beside others: ${failure}`
          : costMs > options.maxTestMs
            ? `takes ${costMs.toFixed(0)} ms`
            : null;
      if (why !== null) options.onLeftOut(name, why);
      return why === null;
    });
}
