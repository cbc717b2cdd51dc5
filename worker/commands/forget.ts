import type { WorkerResult } from '../../api/worker-contract.ts';
import { untilForced } from '../lifecycle/until-forced.ts';
import { MirrorRecord } from '../mirror/mirror-record.ts';
import { buildResult, UNDER_WAY, type Ending } from '../report/worker-result.ts';
import { closing } from '../storage/closing.ts';
import { forgetRoot } from '../storage/forget-root.ts';
import { controlPaths, witnessPath } from '../storage/control-tree.ts';
import { forgetWitnesses } from '../storage/forget-witness.ts';
import { identifyControlDir } from '../storage/identify-control-dir.ts';
import { loadDriver } from '../storage/load-driver.ts';
import { MemoZnode } from '../storage/memo-znode.ts';
import { openSide } from '../storage/open-side.ts';
import { absolutePath, type Side, type SideName } from '../storage/side.ts';
import type { CommandContext } from './command.ts';
import { endingOf } from './with-sides.ts';
import { placeOf } from './witness-of-run.ts';

/**
 * Removes what earlier runs left at the destination besides the copy, so that the next one adopts
 * whatever it finds there; and at the source, if it is told of one, their witness.
 */
export async function forget(context: CommandContext): Promise<WorkerResult> {
  const { config, clock } = context;
  const record = new MirrorRecord();
  const startMs = clock.monotonicMs();
  const facts = {
    ...config,
    dryRun: false,
    fenced: false,
    notFencedBecause: null,
    carriesAcls: false,
    carriesCounters: false,
    typesNotMade: [],
    pendingCommands: [],
  };
  const resultOf = (ending: Ending): WorkerResult => {
    record.durations.totalMs = Math.round(clock.monotonicMs() - startMs);
    return buildResult(record, facts, ending);
  };
  context.watchdog.follow(() => resultOf(UNDER_WAY));
  const forgetting = untilForced(forgetAt(context), context.stop.forced);
  return resultOf(await forgetting.catch((error: unknown) => endingOf(error, context)));
}

async function forgetAt(context: CommandContext): Promise<Ending> {
  const { config, stop } = context;
  const { forceStop } = stop;
  await using destination = await open(context, 'destination', forceStop);
  await using source =
    config.source.servers.length === 0 ? null : await open(context, 'source', forceStop);
  const { side } = destination;
  // Where the witness is, only the destination knows, until it forgets; and that may be refused.
  const witnesses = await findWitnesses(context, source?.side ?? null, side);
  const removed = await forgetRoot(side, absolutePath(side.options, config.rootPath));
  const atSource = await forgetAtSource(source?.side ?? null, witnesses);
  context.logger.info('forgot', { removed: [...removed, ...atSource.removed] });
  const sentences = [whatWasForgotten(config.rootPath, removed.length), ...atSource.sentences];
  return { outcome: 'Success', message: sentences.join(' '), guard: null };
}

function whatWasForgotten(rootPath: string, count: number): string {
  if (count === 0) return `There was nothing to forget of ${rootPath} at the destination.`;
  return `Forgot ${rootPath} at the destination: ${count} control znodes were removed; the next run adopts what it finds.`;
}

/** Where the witness of the copy may be: what the memo says, and what the next run would look for. */
async function findWitnesses(
  { config, logger }: CommandContext,
  source: Side | null,
  destination: Side,
): Promise<readonly string[]> {
  const paths = controlPaths(absolutePath(destination.options, config.rootPath), '');
  const memo = await new MemoZnode({ side: destination, paths, acl: () => null, logger }).read();
  const known = memo?.acls?.witness.path ?? null;
  const id = source === null ? null : await identifyControlDir(destination, paths.dir);
  const found = known === null ? [] : [known];
  if (source === null || id === null) return found;
  const root = absolutePath(source.options, config.rootPath);
  return [...found, witnessPath({ root, copiedTo: placeOf(destination, config.rootPath), id })];
}

async function forgetAtSource(
  source: Side | null,
  witnesses: readonly string[],
): Promise<{ readonly removed: readonly string[]; readonly sentences: readonly string[] }> {
  if (source === null) {
    const [path = ''] = witnesses;
    const sentence = `Its witness stays at the source (${path}): name the source, too, to have it removed (--source-servers).`;
    return { removed: [], sentences: path === '' ? [] : [sentence] };
  }
  const { removed, left } = await forgetWitnesses(source, witnesses);
  const sentences = left.map(
    ({ path, code }) => `Its witness at the source could not be removed (${path}: ${code}).`,
  );
  if (removed.length > 0) sentences.push('Its witness at the source was removed, too.');
  return { removed, sentences };
}

/** A session that ends when it is disposed of. */
async function open(
  { config, logger, stop: { signal } }: CommandContext,
  name: SideName,
  forceStop: AbortSignal,
): Promise<AsyncDisposable & { readonly side: Side }> {
  const driver = await loadDriver(config.driver);
  const side = await openSide(name, config[name], { driver, logger, signal, pace: null });
  return { side, ...closing([side.session], forceStop) };
}
