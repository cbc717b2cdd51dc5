import { formatZxid } from '../tree/format-zxid.ts';
import type { MirrorOptions } from './mirror-options.ts';

/**
 * Fixes the point that a copy stands for: the moment of the source's answer to `sync`. What is
 * read from now on is not older. Nothing orders two sessions, so each side is asked by itself.
 */
export async function fixPoint({
  source,
  sink,
  record,
  clock,
  logger,
}: MirrorOptions): Promise<void> {
  const zxid = await source.sync();
  const point = { zxid, time: clock.now(), destinationZxid: null };
  record.point = point;
  record.point = { ...point, destinationZxid: await sink.sync() };
  logger.debug('source is at', { zxid: zxid === null ? null : formatZxid(zxid) });
}
