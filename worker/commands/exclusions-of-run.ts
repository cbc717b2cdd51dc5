import { presetExclusions } from '../mirror/presets.ts';
import type { OpenSides } from '../storage/open-sides.ts';
import type { CommandContext } from './command.ts';

/** ClickHouse Keeper's own znodes, which nobody may write. */
const KEEPER_GLOB = '/keeper';

/**
 * Globs of what a run leaves out: the user's own, those of presets, which it tells of, and what a
 * ClickHouse Keeper keeps of itself.
 */
export function exclusionsOfRun(
  { config, logger }: CommandContext,
  { source: from, destination: to }: OpenSides,
): readonly string[] {
  const { excludePaths, excludePresets, rootPath, source } = config;
  const presets = presetExclusions(excludePresets, { rootPath, chroot: source.chroot });
  for (const { preset, globs } of presets) {
    logger.info('left out, as it belongs to one running cluster', { preset, exclude: globs });
  }
  const keeper = [from, to].some(
    ({ session, options }) => session.isKeeper && options.chroot === '',
  )
    ? [KEEPER_GLOB]
    : [];
  return [...excludePaths, ...presets.flatMap(({ globs }) => globs), ...keeper];
}
