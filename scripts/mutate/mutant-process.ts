/**
 * Runs bundled tests, with one mutant or none, for the process that started it (see `protocol.ts`).
 *
 * Usage: mutant-process.ts <bundle>
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Answer, Covered, CoveredTest, Question, Tried, TryQuestion } from './protocol.ts';
import { runTests, type Failure } from './run-tests.ts';
import { createRegistry, type Block, type RegisteredTest } from './test-registry.ts';

const NO_MUTANT = -1;
/** Who runs a line this often has come into a loop that does not end. */
const MAX_ASKED = 1_000_000;
const COVER_TIMEOUT_MS = 600_000;

const [, , bundle = ''] = process.argv;
let alive = NO_MUTANT;
let asked = 0;
let seen = new Set<number>();
let stray: unknown = null;
let loads = 0;

Object.assign(globalThis, {
  __isMutant: (id: number): boolean => {
    seen.add(id);
    if (id !== alive) return false;
    if (++asked > MAX_ASKED) throw new Error('a loop that does not end');
    return true;
  },
});

for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => {
    stray ??= error;
  });
}

/** Loads the bundle, once more if it was loaded before: with all its state anew. */
async function load(): Promise<readonly RegisteredTest[]> {
  const registry = createRegistry();
  Object.assign(globalThis, { __tests: registry });
  await import(`${pathToFileURL(resolve(bundle)).href}?${loads++}`);
  return registry.tests;
}

const tests = await load();
const atStart = [...seen];

async function cover(): Promise<Covered> {
  const ofBlocks = new Map<Block, Set<number>>();
  const covered: { test: RegisteredTest; own: Set<number>; costMs: number; failure: string }[] = [];
  let cpu = process.cpuUsage();
  await runTests(tests, {
    timeoutMsOf: () => COVER_TIMEOUT_MS,
    onEnter: (owner) => {
      seen = new Set();
      if (!('body' in owner)) ofBlocks.set(owner, seen);
    },
    onEnd: (test, failure) => {
      const { user, system } = process.cpuUsage(cpu);
      cpu = process.cpuUsage();
      const said = failure === null && stray === null ? '' : String(failure?.error ?? stray);
      stray = null;
      covered.push({ test, own: seen, costMs: (user + system) / 1000, failure: said });
      return true;
    },
  });
  return {
    kind: 'covered',
    atStart,
    tests: covered.map(({ test, own, ...rest }): CoveredTest => {
      const all = new Set(own);
      for (let { block }: { block: Block | null } = test; block !== null; block = block.parent) {
        for (const id of ofBlocks.get(block) ?? []) all.add(id);
      }
      return { ...rest, fileIndex: test.fileIndex, name: test.name, mutants: [...all] };
    }),
  };
}

async function attempt(question: TryQuestion): Promise<Tried> {
  alive = question.mutant;
  asked = 0;
  stray = null;
  try {
    const all = question.fromStart ? await load() : tests;
    const { killer, failure } = await firstFailure(all, question);
    alive = NO_MUTANT;
    if (killer === null) return tried(null);
    if (failure?.isTimeout) return { ...tried(killer.name), isSpent: true };
    if (question.fromStart) return tried(killer.name);
    const again = await firstFailure([killer], { tests: [0], timeoutsMs: question.timeoutsMs });
    return { ...tried(killer.name), isSound: again.killer === null };
  } catch (error) {
    alive = NO_MUTANT;
    return tried(`loading: ${String(error)}`);
  }
}

function tried(killedBy: string | null): Tried {
  return { kind: 'tried', killedBy, isSound: true, isSpent: false };
}

interface Selection {
  readonly tests: readonly number[];
  readonly timeoutsMs: readonly number[];
}

async function firstFailure(all: readonly RegisteredTest[], selection: Selection) {
  let killer: RegisteredTest | null = null;
  let failure: Failure | null = null;
  const chosen = selection.tests.map((index) => all[index]).filter((test) => test !== undefined);
  const limits = new Map(chosen.map((test, index) => [test, selection.timeoutsMs[index] ?? 0]));
  await runTests(chosen, {
    timeoutMsOf: (test) => limits.get(test) ?? 0,
    onEnd: (test, failed) => {
      if (failed === null && stray === null) return true;
      killer = test;
      failure = failed;
      return false;
    },
  });
  return { killer: killer as RegisteredTest | null, failure: failure as Failure | null };
}

function say(message: Answer | { kind: 'there' | 'ready' }): void {
  process.send?.(message);
}

process.on('message', (question: Question) => {
  void (question.kind === 'cover' ? cover() : attempt(question)).then(say);
});
setInterval(() => {
  say({ kind: 'there' });
}, 1_000);
say({ kind: 'ready' });
