import type { MirrorOptions } from '../mirror-options.ts';
import { walk, type WalkOptions, type WalkVisitor } from './walk.ts';
import type { WalkItem } from './frontier.ts';

/** The part of both trees that is looked at. */
export interface WalkedPart {
  readonly seeds: Iterable<WalkItem>;
  readonly descend: WalkOptions['descend'];
}

/** Walks both sides as a mirror sees them. */
export async function walkBoth(
  { source, sink, deletionPolicy, excluded, signal, limits }: MirrorOptions,
  { seeds, descend }: WalkedPart,
  visitor: WalkVisitor,
): Promise<void> {
  await walk({
    source,
    destination: sink,
    seeds,
    descend,
    keepDestinationOnly: deletionPolicy === 'Keep',
    excluded,
    visitor,
    signal,
    limits,
  });
}
