/** Tells the person at the terminal what is going on; on standard error, results go to standard output. */
export interface Progress {
  /** One line. */
  say(message: string): void;
  /** A line when the work begins and one with its duration when it ends. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

const MS_PER_SECOND = 1_000;

/** Progress as lines of text, for example to `process.stderr`. */
export function createProgress(write: (line: string) => void): Progress {
  const say = (message: string): void => {
    write(`${message}\n`);
  };
  return {
    say,
    async step(name, work) {
      const startedMs = performance.now();
      say(`  … ${name}`);
      const result = await work();
      const seconds = ((performance.now() - startedMs) / MS_PER_SECOND).toFixed(1);
      say(`  ✓ ${name} (${seconds} s)`);
      return result;
    },
  };
}
