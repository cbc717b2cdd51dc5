import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import { EXIT_CODES } from '../../api/worker-contract.ts';
import {
  digestAclId,
  errorCodeOf,
  permissions,
  type Acl,
  type ZooKeeperClient,
} from '../../zookeeper/index.ts';
import {
  ErrorAnswers,
  startFrameProxy,
  startZooKeeperServer,
  type ZooKeeperServer,
} from '../../zookeeper/testing/index.ts';
import { startWorker, type WorkerExit } from './run-worker.ts';
import { open, put, snapshot } from './znodes.ts';

/** Who refuses which request with which error. */
export interface Refusal {
  readonly side: 'source' | 'destination';
  /** As {@link ErrorAnswers} calls it. */
  readonly request: string;
  /** As KeeperException.Code has it. */
  readonly code: number;
}

/** What a run with everything asks of each side; the others are asked of the destination alone. */
const OF_BOTH_SIDES = [
  ...['createSession', 'auth', 'ping', 'multiRead', 'multiRead, each step', 'exists', 'sync'],
  ...['getACL', 'create', 'multi', 'multi, first step', 'multi, last step', 'closeSession'],
];
export const REFUSABLE: Readonly<Record<Refusal['side'], readonly string[]>> = {
  source: [...OF_BOTH_SIDES, 'getAllChildrenNumber'],
  destination: [...OF_BOTH_SIDES, 'getChildren2', 'getData', 'setACL', 'delete'],
};

/** The others have a result that says the same. */
const OTHER_WORDS: Readonly<Record<string, RegExp>> = {
  NoNode:
    /does not exist|was removed|has no znode|changed while they were being copied|AclLocksOut/,
  NoAuth: /NoPermission|not allow|right|does not let this user|AclLocksOut/,
  AuthFailed: /refused the credentials/,
  InvalidAcl: /AclLocksOut|UnknownAclScheme/,
};

export interface RefusedRun {
  readonly exit: WorkerExit;
  /** How many requests were refused. */
  readonly count: number;
  /** Requests that this side was asked, by name. */
  readonly asked: ReadonlySet<string>;
  /** What is not as it must be, whatever a server answers. */
  readonly faults: readonly string[];
}

type Sides<T> = Readonly<Record<Refusal['side'], T>>;

const USER = { user: 'copier', password: 'password' };
const DIGEST = `${USER.user}:${USER.password}`;
/** For the worker's user, and for somebody else to read. */
const CLOSED: readonly Acl[] = [
  entry(permissions.all, digestAclId(USER.user, USER.password)),
  entry(permissions.read, digestAclId('reader', 'password')),
];

/** Two servers, and a tree for each run that makes a worker send every kind of request it knows. */
export class RefusedRuns implements AsyncDisposable {
  readonly #dir: string;
  readonly #servers: Sides<ZooKeeperServer>;
  readonly #clients: Sides<ZooKeeperClient>;
  #roots = 0;

  private constructor(
    dir: string,
    servers: Sides<ZooKeeperServer>,
    clients: Sides<ZooKeeperClient>,
  ) {
    this.#dir = dir;
    this.#servers = servers;
    this.#clients = clients;
  }

  static async start(): Promise<RefusedRuns> {
    const dir = await mkdtemp(join(tmpdir(), 'refused-runs-'));
    for (const [key, content] of Object.entries(USER)) await writeFile(join(dir, key), content);
    const [source, destination] = await Promise.all([
      startZooKeeperServer(),
      startZooKeeperServer(),
    ]);
    const clients = {
      source: await open(source, DIGEST),
      destination: await open(destination, DIGEST),
    };
    return new RefusedRuns(dir, { source, destination }, clients);
  }

  async run({ side, request, code }: Refusal): Promise<RefusedRun> {
    const rootPath = `/root-${(this.#roots += 1)}`;
    await this.#makeTrees(rootPath);
    const answers = new ErrorAnswers(request, code);
    const target = this.#servers[side];
    await using proxy = await startFrameProxy({ target, judge: answers.judge });
    const addresses = {
      sourceServers: [this.#servers.source.address],
      destinationServers: [this.#servers.destination.address],
      [`${side}Servers`]: [proxy.address],
    };
    const worker = await startWorker(
      synchronizeCommandLine({
        ...addresses,
        rootPath,
        sourceCredentialsDir: this.#dir,
        destinationCredentialsDir: this.#dir,
        sourceAuthentication: 'Digest',
        destinationAuthentication: 'Digest',
        sourceSessionTimeoutSeconds: 4,
        destinationSessionTimeoutSeconds: 4,
        preserveDataVersions: true,
        nodeTypes: [`${rootPath}/container=Container`],
        destinationDrift: 'Overwrite',
      }),
    );
    const exit = await worker.exited;
    const faults = [...faultsOf(exit, code), ...(await this.#untruths(exit, rootPath))];
    return { exit, faults, count: answers.count, asked: answers.asked };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.#clients).map((client) => client.close()));
    await Promise.all(Object.values(this.#servers).map((server) => server.stop()));
    await rm(this.#dir, { recursive: true });
  }

  /** To create, to change, to delete, to raise, to close and to open. */
  async #makeTrees(root: string): Promise<void> {
    const { source, destination } = this.#clients;
    await put(source, {
      ...{ [root]: '', [`${root}/new`]: 'new', [`${root}/changed`]: 'as it should be' },
      ...{ [`${root}/closed`]: '', [`${root}/container`]: '', [`${root}/counter`]: '' },
    });
    for (const text of ['1', '2', '3']) await put(source, { [`${root}/counter`]: text });
    const { path } = await source.create(`${root}/counter/n-`, null, {
      mode: 'persistentSequential',
    });
    await source.delete(path);
    await source.setAcl(`${root}/closed`, CLOSED);
    await put(destination, {
      ...{ [root]: '', [`${root}/changed`]: 'as it was', [`${root}/closed`]: '' },
      ...{ [`${root}/gone`]: '', [`${root}/counter`]: '3' },
    });
  }

  /** A success that is none. */
  async #untruths({ result }: WorkerExit, root: string): Promise<readonly string[]> {
    if (result?.outcome !== 'Success') return [];
    const { source, destination } = this.#clients;
    const untruths = result.verified ? [] : ['a success that was not verified'];
    const [expected, found] = await Promise.all([
      snapshot(source, root),
      snapshot(destination, root),
    ]);
    if (JSON.stringify(found) !== JSON.stringify(expected))
      untruths.push('a success of another tree');
    const { acl } = await destination.getAcl(`${root}/closed`);
    if (acl.length !== CLOSED.length) untruths.push('a success that leaves open what is closed');
    return untruths;
  }
}

function entry(rights: number, id: string): Acl {
  return { permissions: rights, scheme: 'digest', id };
}

/** Whatever a server answers: an end with a name, in a sentence, and no stack trace. */
function faultsOf(
  { code, result, lines, stderr, terminationMessage }: WorkerExit,
  error: number,
): readonly string[] {
  const faults = [];
  if (result === null)
    return [`no result, exit code ${code}: ${stderr}${JSON.stringify(lines.at(-1))}`];
  if (EXIT_CODES[result.outcome].code !== code) faults.push(`${result.outcome} with code ${code}`);
  if (terminationMessage === null) faults.push('no termination message');
  if (stderr !== '') faults.push(`on stderr: ${stderr}`);
  const traced = lines.find((line) =>
    /\n\s+at /.test(JSON.stringify(line).replaceAll('\\n', '\n')),
  );
  if (traced !== undefined) faults.push(`a stack trace: ${JSON.stringify(traced)}`);
  const name = errorCodeOf(error);
  const isNamed = result.message.includes(name) || OTHER_WORDS[name]?.test(result.message) === true;
  if (result.outcome !== 'Success' && !isNamed) {
    faults.push(`${result.outcome} without ${name}: ${result.message}`);
  }
  return faults;
}
