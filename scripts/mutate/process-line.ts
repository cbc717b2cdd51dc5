import type { Answer, Covered, Tried, TryQuestion } from './protocol.ts';
import { startTestProcess, type TestProcess } from './test-process.ts';

/** Processes that run bundled tests, one after the other: each until it cannot be trusted any more. */
export interface ProcessLine {
  /** @throws Error if the tests do not end */
  cover(): Promise<Covered>;
  try(question: TryQuestion): Promise<Tried>;
  end(): void;
}

/** Tests may compute for long without a turn of the event loop; those that are tried do not. */
const COVER_SILENCE_MS = 900_000;
const TRY_SILENCE_MS = 60_000;
/** What was loaded anew for a mutant stays in memory. */
const MAX_LOADS = 50;

export function processLine(bundle: string): ProcessLine {
  let current: Promise<TestProcess> | null = null;
  let loads = 0;

  const end = (): void => {
    void current?.then((each) => {
      each.end();
    });
    current = null;
    loads = 0;
  };
  const ask = async (question: TryQuestion): Promise<Tried> => {
    current ??= startTestProcess(bundle);
    const answer = tried(await (await current).ask(question, TRY_SILENCE_MS));
    if (question.fromStart) loads += 1;
    if (answer.isSpent || !answer.isSound || loads >= MAX_LOADS) end();
    return answer;
  };
  return {
    end,
    cover: async () => {
      current = startTestProcess(bundle);
      const answer = await (await current).ask({ kind: 'cover' }, COVER_SILENCE_MS);
      if (answer?.kind !== 'covered') throw new Error('the tests do not end');
      return answer;
    },
    try: async (question) => {
      const answer = await ask(question);
      return answer.isSound ? answer : await ask(question);
    },
  };
}

function tried(answer: Answer | null): Tried {
  if (answer?.kind === 'tried') return answer;
  const killedBy = 'a process that says nothing any more';
  return { kind: 'tried', killedBy, isSound: true, isSpent: true };
}
