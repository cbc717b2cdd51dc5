import { reservedPaths, type ReservedPaths } from '../tree/exclusions.ts';
import { presetExclusions, type PresetExclusions } from '../tree/presets.ts';
import type { OpenSides } from '../storage/open-sides.ts';
import type { Side } from '../storage/side.ts';
import type { CommandContext } from './command.ts';

/** What a run leaves out. */
export interface ExclusionsOfRun {
  /** The user's own globs. */
  readonly globs: readonly string[];
  readonly presets: readonly PresetExclusions[];
  readonly reserved: ReservedPaths;
}

/** Finds out what a run leaves out, and tells what that is of presets. */
export function exclusionsOfRun(
  { config, logger }: CommandContext,
  { source, destination }: OpenSides,
): ExclusionsOfRun {
  const { excludePaths, excludePresets, rootPath } = config;
  const { chroot } = source.options;
  const presets = presetExclusions(excludePresets, { rootPath, chroot });
  for (const { preset, globs, but } of presets) {
    logger.info('left out, as it belongs to one running cluster', {
      preset,
      exclude: globs,
      ...(but.length === 0 ? {} : { but }),
    });
  }
  const reserved = { source: reservedAt(source), destination: reservedAt(destination) };
  return { globs: excludePaths, presets, reserved };
}

function reservedAt({ options: { chroot }, session: { isKeeper } }: Side): readonly string[] {
  return reservedPaths({ chroot, isKeeper });
}
