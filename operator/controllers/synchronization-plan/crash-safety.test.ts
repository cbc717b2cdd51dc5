import { describe, expect, test } from '@jest/globals';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { Simulation, type Death, type SimulationOptions } from './testing/simulation.ts';

const MINUTE_MS = 60_000;
const MINUTES = [1, 2];

/** Some hundred lives take seconds, and a busy machine longer. */
const TIMEOUT_MS = 120_000;

/** What happens before the operator looks: the next slot comes, the children end, or both. */
type Happening = 'Slot' | 'End' | 'EndAndSlot';

interface Life {
  readonly name: string;
  readonly options: SimulationOptions;
  readonly looks: readonly Happening[];
  /** What happens while nobody looks. */
  readonly afterDeath: (simulation: Simulation) => void;
}

/** The look that is the last, and where in it. */
interface Fate {
  readonly look: number;
  readonly death: Death;
}

async function happen(happening: Happening, simulation: Simulation): Promise<void> {
  if (happening !== 'Slot') simulation.endChildren();
  if (happening !== 'End') await simulation.clock.advance(MINUTE_MS);
}

/** Every call of every look, and both sides of it. */
async function everyFate({ options, looks }: Life): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  const simulation = new Simulation(options);
  for (const [look, happening] of looks.entries()) {
    await happen(happening, simulation);
    const { calls } = await simulation.reconcile();
    for (let call = 0; call < calls; call++) {
      for (const side of ['before', 'after'] as const) fates.push({ look, death: { call, side } });
    }
  }
  return fates;
}

/** Lives through all looks, and dies once unless fate spares it. */
async function live({ options, looks, afterDeath }: Life, fate?: Fate): Promise<Simulation> {
  const simulation = new Simulation(options);
  for (const [look, happening] of looks.entries()) {
    await happen(happening, simulation);
    if (look === fate?.look) {
      expect(await simulation.reconcile(fate.death)).toMatchObject({ died: true });
      afterDeath(simulation);
    }
    await simulation.settle();
  }
  return simulation;
}

const EACH_CHANGE: readonly Happening[] = ['Slot', 'End', 'Slot', 'End'];
const SLOTS_ONLY: readonly Happening[] = ['Slot', 'EndAndSlot'];
const NO_HISTORY: SimulationOptions = { spec: { successfulSynchronizationsHistoryLimit: 0 } };

function nothing(): void {
  // It is back before anything happens.
}

function childrenEnd(simulation: Simulation): void {
  simulation.endChildren();
}

const LIVES: readonly Life[] = [
  { name: 'and is back at once', options: {}, looks: EACH_CHANGE, afterDeath: nothing },
  {
    name: 'and is back after the run has ended',
    options: {},
    looks: EACH_CHANGE,
    afterDeath: childrenEnd,
  },
  {
    name: 'keeps no history, and is back after the run has ended',
    options: NO_HISTORY,
    looks: EACH_CHANGE,
    afterDeath: childrenEnd,
  },
  {
    name: 'keeps no history, and sees an end only when the next run is due',
    options: NO_HISTORY,
    looks: SLOTS_ONLY,
    afterDeath: nothing,
  },
  {
    name: 'keeps no history, and its watch of children is far behind',
    options: { ...NO_HISTORY, seesNoChildren: true },
    looks: EACH_CHANGE,
    afterDeath: nothing,
  },
  {
    name: 'as it seems, for it only could not reach the server',
    options: { ...NO_HISTORY, isOneProcess: true },
    looks: EACH_CHANGE,
    afterDeath: childrenEnd,
  },
  {
    name: 'counts @every, and is back after the run has ended',
    options: { spec: { schedule: '@every 1m' } },
    looks: EACH_CHANGE,
    afterDeath: childrenEnd,
  },
];

describe.each(LIVES)('an operator that dies before or after any of its calls, $name', (life) => {
  test(
    'runs every slot once, and forgets nothing that the status is to remember',
    async () => {
      const fates = await everyFate(life);
      expect(fates.length).toBeGreaterThan(15);
      const expected = {
        runs: Object.fromEntries(MINUTES.map((minute) => [minute, 1])),
        status: factsOf(await live(life)),
      };
      for (const fate of fates) {
        const simulation = await live(life, fate);
        const told = { runs: runsOf(simulation), status: factsOf(simulation) };
        expect({ ...fate, ...told }).toEqual({ ...fate, ...expected });
        expect(simulation.made.size).toBe(MINUTES.length);
      }
    },
    TIMEOUT_MS,
  );
});

/** How often each slot was run. */
function runsOf(simulation: Simulation): Readonly<Record<number, number>> {
  return Object.fromEntries(
    MINUTES.map((minute) => [minute, simulation.made.get(simulation.childName(minute))?.size ?? 0]),
  );
}

function factsOf(simulation: Simulation): unknown {
  const { lastScheduleTime, lastSuccessfulTime, lastSnapshotTime, nextScheduleTime, active } =
    simulation.plan.status as SynchronizationPlanStatus;
  const names = active?.map((each) => each.name);
  return { lastScheduleTime, lastSuccessfulTime, lastSnapshotTime, nextScheduleTime, names };
}

test('an operator that is down over several slots runs the last of them, once', async () => {
  const simulation = new Simulation();
  await simulation.clock.advance(MINUTE_MS);
  await simulation.reconcile({ call: 1, side: 'after' });
  await simulation.clock.advance(5 * MINUTE_MS);
  simulation.endChildren();

  await simulation.settle();

  const names = [1, 6].map((minute) => simulation.childName(minute));
  expect([...simulation.made.keys()]).toEqual(names);
});
