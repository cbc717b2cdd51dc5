/** What a terminal is to the demo: somewhere to write, that may be able to rewrite its last line. */
export interface TerminalOptions {
  readonly write: (text: string) => void;
  /** A person looks at it: colours, and a line that counts the seconds. */
  readonly isInteractive: boolean;
  readonly hasColours: boolean;
  readonly nowMs: () => number;
}

export interface Terminal {
  /** A line as it is. */
  line(text?: string): void;
  /** What the demo says about what it does. */
  say(text: string): void;
  /** A command, as a person would type it. */
  command(text: string): void;
  /** A line of what a command has printed. */
  output(text: string): void;
  /** A line that says what to notice. */
  note(text: string): void;
  /** Runs one step under its heading, and says how long it took. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** The step that began last, as a person finds it above. */
  currentStep(): string;
  /** A list of lines under a red heading. */
  failure(heading: string, lines: readonly string[]): void;
  /** A heading that is no step. */
  heading(text: string): void;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36, yellow: 33 } as const;

const CLEAR_LINE = '\r\u001B[2K';
const TICK_MS = 1_000;
/** How often a log file hears that the demo is still at work. */
const PLAIN_TICK_MS = 30_000;

/** The terminal of this process: plain lines where standard output goes to a file or a pipe. */
export function processTerminal(): Terminal {
  const { stdout, env } = process;
  return createTerminal({
    write: (text) => stdout.write(text),
    isInteractive: stdout.isTTY,
    hasColours: stdout.isTTY && !env['NO_COLOR'],
    nowMs: () => performance.now(),
  });
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { write, isInteractive, nowMs } = options;
  const style = (name: keyof typeof STYLES, text: string): string =>
    options.hasColours ? `\u001B[${STYLES[name]}m${text}\u001B[0m` : text;
  let stepNumber = 0;
  let stepHeading = 'the start';
  let isTickerShown = false;

  const line = (text = ''): void => {
    write(`${isTickerShown ? CLEAR_LINE : ''}${text}\n`);
    isTickerShown = false;
  };
  const tick = (elapsedMs: number): void => {
    const text = `   … ${seconds(elapsedMs, 0)}`;
    if (!isInteractive) {
      line(`${text}, still at it`);
      return;
    }
    write(`${CLEAR_LINE}${style('dim', text)}`);
    isTickerShown = true;
  };

  return {
    line,
    say: (text) => {
      line(`   ${text}`);
    },
    command: (text) => {
      line(`   ${style('cyan', `$ ${text}`)}`);
    },
    output: (text) => {
      line(`     ${text}`.trimEnd());
    },
    note: (text) => {
      line(`   ${style('yellow', text)}`);
    },
    heading: (text) => {
      line();
      line(style('bold', text));
    },
    currentStep: () => stepHeading,
    failure: (heading, lines) => {
      line();
      line(style('red', heading));
      for (const text of lines) line(`  ${text}`);
    },
    step: async (title, work) => {
      const startedMs = nowMs();
      stepNumber += 1;
      line();
      stepHeading = `${stepNumber}. ${title}`;
      line(style('bold', stepHeading));
      const ticker = setInterval(
        () => {
          tick(nowMs() - startedMs);
        },
        isInteractive ? TICK_MS : PLAIN_TICK_MS,
      );
      let mark = style('red', '✗');
      try {
        const result = await work();
        mark = style('green', '✓');
        return result;
      } finally {
        clearInterval(ticker);
        line(`   ${mark} ${seconds(nowMs() - startedMs, 1)}`);
      }
    },
  };
}

function seconds(ms: number, digits: number): string {
  return `${(ms / 1_000).toFixed(digits)} s`;
}
