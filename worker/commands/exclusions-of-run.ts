import { presetExclusions } from '../mirror/presets.ts';
import type { CommandContext } from './command.ts';

/** Globs of what a run leaves out: the user's own, and those of presets, which it tells of. */
export function exclusionsOfRun({ config, logger }: CommandContext): readonly string[] {
  const { excludePaths, excludePresets, rootPath, source } = config;
  const presets = presetExclusions(excludePresets, { rootPath, chroot: source.chroot });
  for (const { preset, globs } of presets) {
    logger.info('left out, as it belongs to one running cluster', { preset, exclude: globs });
  }
  return [...excludePaths, ...presets.flatMap(({ globs }) => globs)];
}
