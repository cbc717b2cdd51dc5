import type { Progress } from '../progress.ts';

/** Says nothing. */
export const silentProgress: Progress = {
  say: () => undefined,
  step: (_name, work) => work(),
};
