import type { MirrorOptions } from '../mirror-options.ts';

/**
 * Creates what is missing above the root at the destination: with the lists of the source where the
 * destination can have them, else so that nothing is opened, which is put on record.
 */
export async function createAbove({
  sink,
  acls,
  rootPath,
  record,
  logger,
}: MirrorOptions): Promise<void> {
  const listOf = acls === null ? null : (path: string) => acls.listOfParent(path);
  for (const { path, list } of await sink.createAbove(rootPath, listOf)) {
    logger.info('created above the root', { path, list });
    if (list !== 'whole') record.madeParent(path, list);
  }
}
