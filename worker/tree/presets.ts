import type { Preset } from '../../api/presets.ts';
import { isAtOrBelow } from '../../api/znode-path.ts';
import type { ExclusionRules } from './exclusions.ts';
import { PRESET_RULES, type CommandRule, type LeftOut } from './preset-rules.ts';

/** Where a run looks for systems. */
export interface PresetPlace {
  readonly rootPath: string;
  /** That of the source's servers; '' for none. */
  readonly chroot: string;
}

/** What one preset leaves out of a run. */
export interface PresetExclusions extends ExclusionRules {
  readonly preset: Preset;
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
    const { leftOut, beside } = PRESET_RULES[preset];
    const roots = systemRoots(preset, place);
    const ofBeside = (beside?.leftOut ?? []).filter(({ globs }) => mayReach(globs, place.rootPath));
    return {
      preset,
      globs: [...at(roots, globsOf(leftOut)), ...globsOf(ofBeside)],
      but: [...at(roots, exceptionsOf(leftOut)), ...exceptionsOf(ofBeside)],
    };
  });
}

/** Znodes that a system takes for commands. */
export interface PresetCommands extends CommandRule {
  readonly preset: Preset;
}

/** What these systems take for commands, in globs of absolute paths. */
export function presetCommands(
  presets: readonly Preset[],
  place: PresetPlace,
): readonly PresetCommands[] {
  return [...new Set(presets)].flatMap((preset) => {
    const roots = systemRoots(preset, place);
    const { commands = [] } = PRESET_RULES[preset];
    return commands.map((rule) => ({ ...rule, preset, globs: at(roots, rule.globs) }));
  });
}

/**
 * Globs of znodes that members of these systems make for themselves, so that a change of them says
 * nothing about the copy.
 */
export function presetHomes(
  presets: readonly Preset[],
  { rootPath }: Pick<PresetPlace, 'rootPath'>,
): readonly string[] {
  return [...new Set(presets)]
    .flatMap((preset) => PRESET_RULES[preset].beside?.homes ?? [])
    .filter((glob) => mayReach([glob], rootPath));
}

/**
 * Globs of the znodes whose Stat.version these systems keep or compare, so that a copy with lower
 * ones would be refused, passed over or mistaken.
 */
export function presetRaisedVersions(
  presets: readonly Preset[],
  place: PresetPlace,
): readonly string[] {
  return [...new Set(presets)].flatMap((preset) =>
    at(systemRoots(preset, place), PRESET_RULES[preset].raisedVersions),
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

function globsOf(leftOut: readonly LeftOut[]): string[] {
  return leftOut.flatMap(({ globs }) => globs);
}

function exceptionsOf(leftOut: readonly LeftOut[]): string[] {
  return leftOut.flatMap(({ but = [] }) => but);
}

/** By the name that they begin with, which is a literal one. */
function mayReach(globs: readonly string[], rootPath: string): boolean {
  return globs.some((glob) => {
    const first = `/${glob.split('/')[1] ?? ''}`;
    return isAtOrBelow(first, rootPath) || isAtOrBelow(rootPath, first);
  });
}

function at(roots: readonly string[], globs: readonly string[]): string[] {
  return roots.flatMap((root) => globs.map((glob) => (root === '/' ? glob : root + glob)));
}
