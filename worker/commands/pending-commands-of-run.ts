import type { PendingCommands } from '../../api/worker-contract.ts';
import { isAtOrBelow } from '../../api/znode-path.ts';
import { compileGlobs } from '../tree/globs.ts';
import { listMatches, type ListedMatches } from '../tree/list-matches.ts';
import type { MirrorOptions } from '../mirror/mirror-options.ts';
import { presetCommands, type PresetCommands } from '../tree/presets.ts';
import type { TreeReader } from '../tree/tree.ts';
import type { CommandContext } from './command.ts';

const NAMED_PATHS = 5;

/**
 * Looks for what systems take for commands, below the root and on both sides. It is never copied and
 * never deleted; what waits at the destination strikes once the system starts there.
 */
export async function pendingCommandsOfRun(
  { config, logger }: CommandContext,
  { source, sink }: Pick<MirrorOptions, 'source' | 'sink'>,
): Promise<readonly PendingCommands[]> {
  const { rootPath, excludePresets, excludePaths } = config;
  const excludes = compileGlobs(excludePaths, 'below') ?? (() => false);
  const mayList = (path: string) => isAtOrBelow(path, rootPath) && !excludes(path);
  const found: PendingCommands[] = [];
  for (const rule of presetCommands(excludePresets, { rootPath, chroot: config.source.chroot })) {
    for (const side of ['source', 'destination'] as const) {
      const remedy = side === 'source' ? rule.atSource : rule.atDestination;
      if (remedy === null) continue;
      const reader = side === 'source' ? source : sink;
      const { paths, forbidden } = await matchesOf(rule, reader, mayList);
      const ofUser = paths.filter((path) => !excludes(path));
      for (const path of forbidden) {
        logger.warn('could not look for pending commands: no permission', { side, path });
      }
      const count = ofUser.length;
      if (count === 0) continue;
      const { preset } = rule;
      found.push({ preset, side, count, paths: ofUser.slice(0, NAMED_PATHS), remedy });
      logger.warn('commands are pending', { preset, side, count, first: ofUser[0], remedy });
    }
  }
  return found;
}

async function matchesOf(
  { globs }: PresetCommands,
  reader: TreeReader,
  mayList: (path: string) => boolean,
): Promise<ListedMatches> {
  const all = await Promise.all(globs.map((glob) => listMatches(reader, glob, mayList)));
  return {
    paths: all.flatMap(({ paths }) => paths),
    forbidden: [...new Set(all.flatMap(({ forbidden }) => forbidden))],
  };
}
