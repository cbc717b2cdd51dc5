import { TestEnvironment } from 'jest-environment-node';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { leftBehind, lookAtProcess } from './process-state.js';

/** What was closed in the last test may need a turn or two, and a busy machine more than that. */
const DEFAULT_CLOSED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 10;

/**
 * Node's environment, and a file of tests fails in it that leaves something behind in the process:
 * other files run there next. Which these are depends on the order, so such a failure would come and go.
 * `testEnvironmentOptions.closedWithinMs` says how long to wait for what is being closed.
 */
export default class TidyEnvironment extends TestEnvironment {
  #closedWithinMs;
  #before = lookAtProcess();
  #hasFailed = false;
  #hasPassed = false;

  constructor(config, context) {
    super(config, context);
    const { closedWithinMs } = config.projectConfig.testEnvironmentOptions;
    this.#closedWithinMs = closedWithinMs ?? DEFAULT_CLOSED_WITHIN_MS;
  }

  /** Called by jest-circus for what happens in the file. */
  handleTestEvent({ name, test }) {
    this.#hasFailed ||= name === 'error' || (name === 'test_done' && test.errors.length > 0);
    if (name === 'run_finish') this.#hasPassed = !this.#hasFailed;
  }

  async setup() {
    await super.setup();
    this.#before = lookAtProcess();
  }

  /** @throws Error that names what was left; not beside another failure, which would be hidden by it */
  async teardown() {
    await super.teardown();
    const left = this.#hasPassed ? await this.#leftInTheEnd() : [];
    if (left.length > 0) {
      const list = left.map((each) => `  - ${each}`).join('\n');
      const error = new Error(`Left behind, where other files run next:\n${list}`);
      // Where it was found is not where it came from.
      error.stack = error.message;
      throw error;
    }
  }

  async #leftInTheEnd() {
    const deadlineMs = performance.now() + this.#closedWithinMs;
    for (;;) {
      const left = leftBehind(this.#before);
      if (left.length === 0 || performance.now() > deadlineMs) return left;
      await setTimeout(LOOK_EVERY_MS);
    }
  }
}
