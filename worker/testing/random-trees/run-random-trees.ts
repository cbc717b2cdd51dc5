import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SynchronizeArguments } from '../../../api/options/synchronize-options.ts';
import { INTENDED_SKIPS } from '../../../api/worker-contract.ts';
import { digestAclId, type MultiOp, type ZooKeeperClient } from '../../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../../zookeeper/testing/index.ts';
import { integerFrom, seededRandom } from '../../../testing/seeded-random.ts';
import type { FullReferee, FullZnode } from '../referee.ts';
import { runSynchronize, type WorkerExit } from '../run-worker.ts';
import { open, remove, zxids } from '../znodes.ts';
import { expectedCopy, isExcludedPath } from './expected-copy.ts';
import {
  driftedTree,
  EMPTY_ZNODE,
  EXCLUDED_PREFIX,
  randomTree,
  SURELY_FITS_BYTES,
  type RandomTree,
  type RandomZnode,
} from './random-tree.ts';

export interface RandomTreesOptions {
  readonly seed: number;
  /** Pairs of trees; 0 for as many as fit into `forMs`. */
  readonly pairs: number;
  readonly forMs?: number;
  readonly referee: FullReferee;
}

export interface RandomTreesReport {
  pairs: number;
  znodes: number;
  tooLarge: number;
  readonly problems: string[];
}

interface Sides {
  readonly servers: { readonly source: ZooKeeperServer; readonly destination: ZooKeeperServer };
  readonly source: ZooKeeperClient;
  readonly destination: ZooKeeperClient;
  readonly credentialsDir: string;
}

const MAX_BATCH_BYTES = 300_000;
const MAX_BATCH_OPS = 300;
/** A source that takes larger znodes than the destination, as clusters that grew apart do. */
const LARGE_ZNODES = '-Djute.maxbuffer=4194304';
/** Whoever copies lists that let nobody in has to be let in by every one. */
const SUPERUSER = 'super:secret';
const SUPER_DIGEST = `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestAclId('super', 'secret')}`;
const PROVIDERS = 'org.apache.zookeeper.server.auth';
const EXTRA_CONFIG = {
  'authProvider.sasl': `${PROVIDERS}.SASLAuthenticationProvider`,
  'authProvider.x509': `${PROVIDERS}.X509AuthenticationProvider`,
};

/**
 * Mirrors one random tree into another, pair after pair, by the worker as it is shipped: the copy
 * must be what the rules say, read by the referee, and a second run must write nothing.
 */
export async function runRandomTrees(options: RandomTreesOptions): Promise<RandomTreesReport> {
  const { pairs, forMs = Infinity } = options;
  await using source = await startZooKeeperServer({
    jvmArgs: [LARGE_ZNODES, SUPER_DIGEST],
    extraConfig: EXTRA_CONFIG,
  });
  await using destination = await startZooKeeperServer({
    jvmArgs: [SUPER_DIGEST],
    extraConfig: EXTRA_CONFIG,
  });
  await using credentials = await credentialsDir();
  const sides: Sides = {
    servers: { source, destination },
    source: await open(source, SUPERUSER),
    destination: await open(destination, SUPERUSER),
    credentialsDir: credentials.path,
  };
  const random = seededRandom(options.seed);
  const report: RandomTreesReport = { pairs: 0, znodes: 0, tooLarge: 0, problems: [] };
  const endMs = performance.now() + forMs;
  const isOver = (): boolean =>
    report.problems.length > 0 ||
    performance.now() > endMs ||
    (pairs > 0 && report.pairs === pairs);
  try {
    for (; !isOver(); report.pairs += 1) {
      await new Pair(sides, `/pair-${report.pairs}`, { ...options, random, report }).run();
    }
  } finally {
    await sides.source.close();
    await sides.destination.close();
  }
  return report;
}

interface PairContext {
  readonly random: () => number;
  readonly referee: FullReferee;
  readonly report: RandomTreesReport;
}

class Pair {
  readonly #sides: Sides;
  readonly #root: string;
  readonly #context: PairContext;
  readonly #source: RandomTree;
  /** null: not even a root. */
  readonly #destination: RandomTree | null;

  constructor(sides: Sides, root: string, context: PairContext) {
    this.#sides = sides;
    this.#root = root;
    this.#context = context;
    const { random } = context;
    this.#source = randomTree(random, root);
    this.#destination = this.#randomDestination(random);
  }

  async run(): Promise<void> {
    await plant(this.#sides.source, this.#source);
    if (this.#destination !== null) await plant(this.#sides.destination, this.#destination);
    const first = await this.#synchronize('Refuse');
    this.#judgeEnd(first, await this.#tooLargePaths());
    const before = await this.#zxids();
    const second = await this.#synchronize(this.#hasEphemerals ? 'Overwrite' : 'Refuse');
    if (second.code !== first.code) this.#problem(`the second run ended with ${told(second)}`);
    const after = await this.#zxids();
    const moved = after.filter((line, index) => line !== before[index]);
    if (moved.length > 0 || after.length !== before.length) {
      this.#problem(`the second run changed ${moved.slice(0, 3).join(', ')}`);
    }
    // Servers hold everything in memory, and these are small.
    await remove(this.#sides.source, this.#root);
    if (after.length > 0) await remove(this.#sides.destination, this.#root);
  }

  /** None where the root is too large to be created: then there is nothing. */
  async #zxids(): Promise<readonly string[]> {
    const { destination } = this.#sides;
    return (await destination.exists(this.#root)) === null ? [] : zxids(destination, this.#root);
  }

  /** They are clients that live at the destination, and a second run says so. */
  get #hasEphemerals(): boolean {
    return [...(this.#destination?.values() ?? [])].some(({ isEphemeral }) => isEphemeral);
  }

  #randomDestination(random: () => number): RandomTree | null {
    const kind = integerFrom(random, 0, 5);
    if (kind === 0) return null;
    if (kind === 1) return new Map([[this.#root, EMPTY_ZNODE]]);
    if (kind === 2) return this.#withoutClash(randomTree(random, this.#root, SURELY_FITS_BYTES));
    return driftedTree(random, this.#source, SURELY_FITS_BYTES);
  }

  /** An ephemeral in the place of what is to be copied would have to stay there. */
  #withoutClash(tree: RandomTree): RandomTree {
    return new Map(
      [...tree].filter(([path, { isEphemeral }]) => !isEphemeral || !this.#source.has(path)),
    );
  }

  #synchronize(destinationDrift: 'Refuse' | 'Overwrite'): Promise<WorkerExit> {
    const { servers, credentialsDir } = this.#sides;
    const { source, destination } = servers;
    const args: SynchronizeArguments = {
      sourceServers: [source.address],
      destinationServers: [destination.address],
      rootPath: this.#root,
      excludePaths: [`${this.#root}/**/${EXCLUDED_PREFIX}*`],
      allowEmptySource: true,
      deletionMaxPercent: 100,
      destinationDrift,
      preserveDataVersions: true,
      sourceCredentialsDir: credentialsDir,
      destinationCredentialsDir: credentialsDir,
    };
    return runSynchronize(args);
  }

  /** Looks at the copy, and tells what is not there because it is too large, or stands below such. */
  async #tooLargePaths(): Promise<string[]> {
    const { referee, report } = this.#context;
    const { source, destination } = this.#sides.servers;
    const expected = expectedCopy(this.#root, this.#source, this.#destination);
    const full = await referee(destination.address, this.#root, SUPERUSER);
    this.#judgeCarried(await referee(source.address, this.#root, SUPERUSER), full);
    const copy = Object.fromEntries(Object.entries(full).map(([path, { data }]) => [path, data]));
    report.znodes += Object.keys(copy).length;
    const paths = new Set([...Object.keys(expected), ...Object.keys(copy)]);
    const wrong = [...paths].filter((path) => copy[path] !== expected[path]);
    const first = wrong.find((path) => !this.#standsBelowTooLarge(path));
    if (first !== undefined) {
      this.#problem(
        `${JSON.stringify(first)} holds ${describe(copy[first])}, not ${describe(expected[first])}`,
      );
    }
    report.tooLarge += wrong.length;
    return wrong;
  }

  /** Of what is on both sides lists are the same ones, and no number is lower. */
  #judgeCarried(
    source: Readonly<Record<string, FullZnode>>,
    copy: Readonly<Record<string, FullZnode>>,
  ): void {
    for (const [path, { acl, creations, version }] of Object.entries(source)) {
      const there = copy[path];
      if (there === undefined || isExcludedPath(this.#root, path)) continue;
      if (there.acl.join() !== acl.join()) {
        this.#problem(
          `${JSON.stringify(path)} has the list ${there.acl.join()}, not ${acl.join()}`,
        );
      }
      if (there.creations < creations || there.version < version) {
        const numbers = `${there.creations} and ${there.version}`;
        this.#problem(
          `${JSON.stringify(path)} is behind: ${numbers}, not ${creations} and ${version}`,
        );
      }
    }
  }

  #judgeEnd(exit: WorkerExit, tooLarge: readonly string[]): void {
    const { code, result } = exit;
    const skips = result?.skipped.filter(({ reason }) => !INTENDED_SKIPS.includes(reason)) ?? [];
    const named = skips.reduce((sum, { count }) => sum + count, 0);
    if (result?.verified !== true) this.#problem(`not verified: ${told(exit)}`);
    if (code !== (tooLarge.length > 0 ? 54 : 0)) this.#problem(`ended with ${told(exit)}`);
    if (named !== tooLarge.length) {
      this.#problem(`named ${named} of ${tooLarge.length}: ${JSON.stringify(skips)}`);
    }
  }

  /** Near the limit of the destination nobody says exactly where it is. */
  #standsBelowTooLarge(path: string): boolean {
    for (let at = path; at.length >= this.#root.length; at = at.slice(0, at.lastIndexOf('/'))) {
      if ((this.#source.get(at)?.data?.length ?? 0) > SURELY_FITS_BYTES) return true;
    }
    return false;
  }

  #problem(what: string): void {
    this.#context.report.problems.push(`${this.#root}: ${what}`);
  }
}

function told({ code, result, stderr }: WorkerExit): string {
  return `${code}: ${result?.message} ${stderr}`;
}

function describe(text: string | null | undefined): string {
  if (text === undefined || text === null) return text === null ? 'null' : 'nothing';
  return `${JSON.stringify(text.slice(0, 40))} (${text.length} bytes)`;
}

/** Creates a tree in batches that a server takes. */
async function plant(client: ZooKeeperClient, tree: RandomTree): Promise<void> {
  let ops: MultiOp[] = [];
  let bytes = 0;
  for (const [path, znode] of tree) {
    const planted = opsFor(path, znode);
    const weight = planted.length * (200 + Buffer.byteLength(path) + (znode.data?.length ?? 0));
    if (ops.length === MAX_BATCH_OPS || (ops.length > 0 && bytes + weight > MAX_BATCH_BYTES)) {
      await client.multi(ops);
      [ops, bytes] = [[], 0];
    }
    ops.push(...planted);
    bytes += weight;
  }
  await client.multi(ops);
}

function opsFor(
  path: string,
  { data, acl, isEphemeral, creations, version }: RandomZnode,
): MultiOp[] {
  const mode = isEphemeral ? 'ephemeral' : 'persistent';
  const child = `${path}/.gone`;
  const pair: MultiOp[] = [
    { type: 'create', path: child, data: null },
    { type: 'delete', path: child },
  ];
  return [
    { type: 'create', path, data, mode, ...(acl === null ? {} : { acl }) },
    ...Array.from({ length: creations }, () => pair).flat(),
    ...Array.from({ length: version }, (): MultiOp => ({ type: 'setData', path, data })),
  ];
}

/** A directory with user and password, as the Job mounts a Secret. */
async function credentialsDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'random-trees-'));
  const [user = '', password = ''] = SUPERUSER.split(':');
  await writeFile(join(path, 'user'), user);
  await writeFile(join(path, 'password'), password);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
