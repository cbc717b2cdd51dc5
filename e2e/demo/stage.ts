import type { ClusterInfo } from '../cluster/index.ts';
import type { Referee } from '../support/referee.ts';
import { DemoFailure } from './demo-failure.ts';
import { mustRun, type Shell, type ShellResult } from './shell.ts';
import type { Terminal } from './terminal.ts';

/** Namespace of the demo's Databases and Synchronizations: a team that runs a shop. */
export const USER_NAMESPACE = 'shop';

/** What the acts of the demo work with, once the cluster is up. */
export interface Stage {
  readonly terminal: Terminal;
  readonly shell: Shell;
  readonly cluster: ClusterInfo;
  readonly source: Referee;
  readonly destination: Referee;
  readonly kubectl: VisibleKubectl;
}

/** kubectl in sight of the person. */
export interface VisibleKubectl {
  /**
   * Runs a command line of words without blanks, as it is shown; gives back what it printed.
   *
   * @param input standard input; then `shown` says where it comes from
   */
  run(words: string, piped?: { readonly input: string; readonly shown: string }): Promise<string>;
  /** As `run`, for what a second demo finds already there. Gives back whether it was made now. */
  create(words: string): Promise<boolean>;
  /** Runs `work`; if it fails, shows what these commands print before the failure goes on. */
  orShow<T>(words: readonly string[], work: () => Promise<T>): Promise<T>;
}

const ALREADY_EXISTS = 'AlreadyExists';

export function createVisibleKubectl(
  cluster: ClusterInfo,
  shell: Shell,
  terminal: Terminal,
): VisibleKubectl {
  const command = (words: string): { program: string; args: string[]; shown: string } => ({
    program: cluster.kubectlPath,
    args: ['--kubeconfig', cluster.kubeconfigPath, ...words.split(' ')],
    shown: `kubectl ${words}`,
  });
  return {
    run: (words, piped) =>
      mustRun(shell, {
        ...command(words),
        ...(piped && { input: piped.input, shown: `${piped.shown} | kubectl ${words}` }),
      }),
    create: async (words) => {
      const result = await shell(command(words));
      if (result.exitCode === 0) return true;
      if (!isOnlyAlreadyThere(result)) {
        throw new DemoFailure(`kubectl ${words} ended with exit code ${result.exitCode}.`);
      }
      terminal.note('It is there from an earlier demo, and stays as it is.');
      return false;
    },
    orShow: async (commands, work) => {
      try {
        return await work();
      } catch (error) {
        for (const words of commands) await shell(command(words)).catch(() => undefined);
        throw error;
      }
    },
  };
}

function isOnlyAlreadyThere({ stderr }: ShellResult): boolean {
  const errors = stderr.split('\n').filter((line) => line.startsWith('Error'));
  return errors.length > 0 && errors.every((line) => line.includes(ALREADY_EXISTS));
}
