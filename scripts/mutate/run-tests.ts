import type { Block, RegisteredTest } from './test-registry.ts';

export interface RunTestsOptions {
  /** Called before what runs next belongs to this test or block. */
  readonly onEnter?: (owner: RegisteredTest | Block) => void;
  readonly timeoutMsOf: (test: RegisteredTest) => number;
  /** Whether to go on after a test. */
  readonly onEnd: (test: RegisteredTest, failure: Failure | null) => boolean;
}

export interface Failure {
  /** It goes on somewhere: nothing that follows in the same process can be trusted. */
  readonly isTimeout: boolean;
  readonly error: unknown;
}

/** Runs tests one after the other, with the hooks of the blocks they are in. */
export async function runTests(
  tests: readonly RegisteredTest[],
  options: RunTestsOptions,
): Promise<void> {
  const { onEnter = () => undefined, onEnd } = options;
  let entered: readonly Block[] = [];
  const leaveTo = async (kept: readonly Block[]): Promise<void> => {
    for (const block of entered.filter((each) => !kept.includes(each)).reverse()) {
      onEnter(block);
      for (const hook of block.hooks.afterAll) await hook();
    }
    entered = entered.filter((each) => kept.includes(each));
  };
  for (const test of tests) {
    const path = blocksOf(test);
    const failure = await failureOf(options.timeoutMsOf(test), async () => {
      await leaveTo(path);
      for (const block of path.filter((each) => !entered.includes(each))) {
        entered = [...entered, block];
        onEnter(block);
        for (const hook of block.hooks.beforeAll) await hook();
      }
      onEnter(test);
      await runOne(test, path);
    });
    const goesOn = onEnd(test, failure);
    // What hangs would hang here, too.
    if (failure?.isTimeout) return;
    if (!goesOn) break;
  }
  await leaveTo([]);
}

/** From the outermost. */
function blocksOf(test: RegisteredTest): readonly Block[] {
  const path: Block[] = [];
  for (let block: Block | null = test.block; block !== null; block = block.parent)
    path.unshift(block);
  return path;
}

async function runOne(test: RegisteredTest, path: readonly Block[]): Promise<void> {
  try {
    for (const block of path) for (const hook of block.hooks.beforeEach) await hook();
    await test.body();
  } finally {
    for (const block of path.toReversed()) for (const hook of block.hooks.afterEach) await hook();
  }
}

async function failureOf(timeoutMs: number, run: () => Promise<void>): Promise<Failure | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => {
    timer = setTimeout(() => {
      resolve({ isTimeout: true, error: new Error(`not over after ${timeoutMs} ms`) });
    }, timeoutMs);
  });
  const ended = run().then(
    () => null,
    (error: unknown) => ({ isTimeout: false, error }),
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
