import Sequencer from '@jest/test-sequencer';
import { createHash } from 'node:crypto';

/**
 * Runs the files of tests in an order that follows from the seed alone (`--seed`, which jest prints
 * with `--showSeed`), whatever there was before: jest's own order follows from how long each took and which
 * failed last, and a new machine knows neither.
 */
export default class RandomSequencer extends Sequencer {
  #options;

  constructor(options) {
    super(options);
    this.#options = options;
  }

  sort(tests) {
    const { rootDir, seed } = this.#options.globalConfig;
    const placeOf = ({ path, context }) =>
      createHash('sha256')
        .update(`${seed} ${context.config.displayName?.name} ${path.slice(rootDir.length)}`)
        .digest('hex');
    return [...tests]
      .map((test) => ({ test, place: placeOf(test) }))
      .sort((one, other) => (one.place < other.place ? -1 : 1))
      .map(({ test }) => test);
  }
}
