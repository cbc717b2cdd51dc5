import type { Progress } from './progress.ts';
import type { RunCommand } from './run-command.ts';

/** What both providers work with. */
export interface ProviderOptions {
  /** Where the running cluster keeps what it is. */
  readonly stateDir: string;
  /** Where built programs and images are kept between clusters. */
  readonly cacheDir: string;
  readonly run: RunCommand;
  readonly progress: Progress;
  readonly env: NodeJS.ProcessEnv;
}
