import type { Preset } from '../../api/presets.ts';
import { isAtOrBelow } from '../../api/znode-path.ts';
import { PRESET_RULES } from './preset-rules.ts';

/** Where a run looks for systems. */
export interface PresetPlace {
  readonly rootPath: string;
  /** That of the source's servers; '' for none. */
  readonly chroot: string;
}

/** What one preset leaves out of a run. */
export interface PresetExclusions {
  readonly preset: Preset;
  /** Globs of absolute paths. */
  readonly globs: readonly string[];
}

/**
 * What presets leave out below a root: znodes that belong to one running cluster of a system. It is
 * looked for at the system's default place and at the root itself, which may be that of a system
 * elsewhere.
 */
export function presetExclusions(
  presets: readonly Preset[],
  place: PresetPlace,
): readonly PresetExclusions[] {
  return [...new Set(presets)].map((preset) => {
    const globs = PRESET_RULES[preset].leftOut.flatMap((entry) => entry.globs);
    return { preset, globs: at(systemRoots(preset, place), globs) };
  });
}

/**
 * Globs of the znodes whose Stat.version these systems keep or compare, so that a copy with lower
 * ones would be refused, passed over or mistaken.
 */
export function presetVersionFloors(
  presets: readonly Preset[],
  place: PresetPlace,
): readonly string[] {
  return [...new Set(presets)].flatMap((preset) =>
    at(systemRoots(preset, place), PRESET_RULES[preset].versionFloors),
  );
}

/**
 * The `/` of an ensemble belongs to everybody: only a system whose place it is by default is looked
 * for there. That of a chroot is somebody's own.
 */
function systemRoots(preset: Preset, { rootPath, chroot }: PresetPlace): readonly string[] {
  const { defaultRoots } = PRESET_RULES[preset];
  const within = defaultRoots.filter(
    (root) => isAtOrBelow(root, rootPath) || isAtOrBelow(rootPath, root),
  );
  const isOwnRoot = rootPath !== '/' || chroot !== '';
  return [...new Set(isOwnRoot ? [...within, rootPath] : within)];
}

function at(roots: readonly string[], globs: readonly string[]): string[] {
  return roots.flatMap((root) => globs.map((glob) => (root === '/' ? glob : root + glob)));
}
