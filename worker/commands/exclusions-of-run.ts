import { presetExclusions } from '../mirror/presets.ts';
import type { PresetExclusions } from '../mirror/presets.ts';
import type { OpenSides } from '../storage/open-sides.ts';
import type { CommandContext } from './command.ts';

/** ClickHouse Keeper's own znodes, which nobody may write. */
const KEEPER_GLOB = '/keeper';

/** What a run leaves out. */
export interface ExclusionsOfRun {
  /** The user's own globs, and what a ClickHouse Keeper keeps of itself. */
  readonly globs: readonly string[];
  readonly presets: readonly PresetExclusions[];
}

/** Finds out what a run leaves out, and tells what that is of presets. */
export function exclusionsOfRun(
  { config, logger }: CommandContext,
  { source: from, destination: to }: OpenSides,
): ExclusionsOfRun {
  const { excludePaths, excludePresets, rootPath, source } = config;
  const presets = presetExclusions(excludePresets, { rootPath, chroot: source.chroot });
  for (const { preset, globs, but } of presets) {
    logger.info('left out, as it belongs to one running cluster', {
      preset,
      exclude: globs,
      ...(but.length === 0 ? {} : { but }),
    });
  }
  const keeper = [from, to].some(
    ({ session, options }) => session.isKeeper && options.chroot === '',
  )
    ? [KEEPER_GLOB]
    : [];
  return { globs: [...excludePaths, ...keeper], presets };
}
