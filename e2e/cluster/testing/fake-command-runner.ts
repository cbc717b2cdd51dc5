import type { Command, CommandResult, RunCommand } from '../run-command.ts';

export interface FakeCommandRunner {
  readonly run: RunCommand;
  /** Every command so far as one line, program first. */
  readonly lines: readonly string[];
  readonly commands: readonly Command[];
  /**
   * From now on a command whose line starts with `prefix` ends like this; the latest rule wins.
   * A function is called with the command and may do something first.
   */
  readonly answer: (prefix: string, result: Partial<CommandResult> | Answer) => void;
}

export type Answer = (command: Command) => Partial<CommandResult> | Promise<Partial<CommandResult>>;

const SUCCESS: CommandResult = { exitCode: 0, stdout: '', stderr: '' };

/** Runs nothing; a command that no rule is for succeeds and prints nothing. */
export function createFakeCommandRunner(): FakeCommandRunner {
  const commands: Command[] = [];
  const lines: string[] = [];
  const rules: { prefix: string; answer: Answer }[] = [];
  return {
    commands,
    lines,
    async run(command) {
      const line = [command.program, ...command.args].join(' ');
      commands.push(command);
      lines.push(line);
      const rule = rules.findLast(({ prefix }) => line.startsWith(prefix));
      return { ...SUCCESS, ...(await rule?.answer(command)) };
    },
    answer(prefix, result) {
      rules.push({ prefix, answer: typeof result === 'function' ? result : () => result });
    },
  };
}
