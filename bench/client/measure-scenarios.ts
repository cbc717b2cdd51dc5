import { startContender, type ContenderProcess } from './contender-process.ts';
import { contenderNames, type ContenderName } from './contenders/contender.ts';
import type { ScenarioResult } from './report.ts';
import type { Arena, Run } from './arena.ts';
import type { Scenario } from './scenarios.ts';

/** So that everything allocated in a run is still there when it ends. */
const hugeHeap = ['--min-semi-space-size=1024', '--max-semi-space-size=1024'];
const ALLOCATION_SCALE = 1 / 6;

const WARM_UP_ROUNDS = 2;

type Contenders = Readonly<Record<ContenderName, ContenderProcess>>;

async function forEachContender<T>(
  each: (name: ContenderName) => Promise<T>,
): Promise<Record<ContenderName, T>> {
  const results: Partial<Record<ContenderName, T>> = {};
  for (const name of contenderNames) results[name] = await each(name);
  return results as Record<ContenderName, T>;
}

async function withContenders<T>(
  address: string,
  nodeFlags: readonly string[],
  use: (contenders: Contenders) => Promise<T>,
): Promise<T> {
  const contenders = await forEachContender((name) => startContender(name, address, nodeFlags));
  try {
    return await use(contenders);
  } finally {
    await forEachContender((name) => contenders[name].stop());
  }
}

/** Both sides compile what they run often; the first runs tell nothing. */
async function warmUp(arena: Arena, contenders: Contenders, scenarios: readonly Scenario[]) {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const scenario of scenarios) {
      await forEachContender((name) => arena.run(scenario, contenders[name]));
    }
  }
}

/** Rounds of one scenario: each contender in each, in turn. */
async function measureRounds(
  arena: Arena,
  contenders: Contenders,
  { scenario, rounds }: { scenario: Scenario; rounds: number },
): Promise<ScenarioResult['rounds']> {
  const runs: Record<ContenderName, Run[]> = { own: [], native: [], raw: [] };
  for (let round = 0; round < rounds; round++) {
    await forEachContender(async (name) => {
      runs[name].push(await arena.run(scenario, contenders[name]));
    });
  }
  return runs;
}

/** The second of two runs: code that is not compiled yet allocates more. */
async function measureAllocation(
  arena: Arena,
  contenders: Contenders,
  scenario: Scenario,
): Promise<ScenarioResult['allocation']> {
  return forEachContender(async (name) => {
    await arena.run(scenario, contenders[name]);
    return arena.run(scenario, contenders[name], ALLOCATION_SCALE);
  });
}

/** Measures speed and CPU first, then, in other processes, what is allocated. */
export async function measureScenarios(
  address: string,
  arena: Arena,
  { scenarios, rounds }: { scenarios: readonly Scenario[]; rounds: number },
): Promise<ScenarioResult[]> {
  const measured = await withContenders(address, [], async (contenders) => {
    await warmUp(arena, contenders, scenarios);
    const results: Pick<ScenarioResult, 'name' | 'rounds'>[] = [];
    for (const scenario of scenarios) {
      console.error(`measuring ${scenario.name}`);
      const runs = await measureRounds(arena, contenders, { scenario, rounds });
      results.push({ name: scenario.name, rounds: runs });
    }
    return results;
  });
  const allocations = await withContenders(address, hugeHeap, async (contenders) => {
    const results: ScenarioResult['allocation'][] = [];
    for (const scenario of scenarios) {
      console.error(`measuring what ${scenario.name} allocates`);
      results.push(await measureAllocation(arena, contenders, scenario));
    }
    return results;
  });
  return measured.flatMap((result, index) => {
    const allocation = allocations[index];
    return allocation === undefined ? [] : [{ ...result, allocation }];
  });
}
