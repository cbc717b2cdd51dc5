import type { WorkerResult } from '../../api/worker-contract.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { WorkerConfig } from '../config.ts';
import type { StopSignal } from '../lifecycle/stop-signal.ts';
import type { StandardOutput } from '../report/standard-output.ts';
import type { Watchdog } from '../watchdog/watchdog.ts';

/** What every command gets. */
export interface CommandContext {
  readonly config: WorkerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: StopSignal;
  /** For a command whose result is more than a sentence. */
  readonly output: StandardOutput;
  /** To be told, at the start, whom to ask about the run. */
  readonly watchdog: Pick<Watchdog, 'follow'>;
}

/** Runs to its end and says how it went; rejects only for a crash. */
export type Command = (context: CommandContext) => Promise<WorkerResult>;
