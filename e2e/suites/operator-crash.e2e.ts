import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startApiProxy, type ApiProxy, type Cut } from '../support/api-proxy.ts';
import {
  addressOf,
  installOperator,
  scaleOperator,
  type Installation,
} from '../support/installation.ts';
import { startOperator } from '../support/operator-process.ts';
import { connectReferee, type Referee } from '../support/referee.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(150_000);

const CONTROLLER = 'resiliency-operator-synchronization-controller';

/** Rounds that run at the same time, each in a namespace and on a tree of its own. */
const PARALLEL = 6;

/** With more points than this, the operator is doing something it should not. */
const MOST_POINTS = 90;

interface Round {
  readonly cut: Cut;
  /** False once the operator needed fewer calls than the cut waits for: nothing was cut. */
  readonly wasCut: boolean;
  readonly jobsCreated: number;
  readonly jobs: number;
  readonly outcome: string | undefined;
  readonly succeeded: string | undefined;
}

describe('an operator killed between two of its API calls', () => {
  let installation: Installation;
  let source: Referee;

  beforeAll(async () => {
    installation = await installOperator();
    // The Databases are judged by the installed operator; the Synchronizations by the one that dies.
    await scaleOperator(installation.kubectl, CONTROLLER, 0);
    source = await connectReferee(addressOf(installation.cluster.source));
  }, 300_000);

  afterAll(async () => {
    source.close();
    await scaleOperator(installation.kubectl, CONTROLLER, 1);
  }, 200_000);

  test.each([
    { side: 'before', atLeast: 30 },
    { side: 'after', atLeast: 8 },
  ] as const)(
    'never makes a second Job and never loses a result, whichever call it dies $side',
    async ({ side, atLeast }) => {
      const rounds: Round[] = [];
      for (let first = 1; first <= MOST_POINTS && !rounds.some(isOver); first += PARALLEL) {
        const cuts = Array.from({ length: PARALLEL }, (_, index) => ({
          point: first + index,
          side,
        }));
        rounds.push(
          ...(await Promise.all(cuts.map((cut) => playRound(installation, source, cut)))),
        );
        expect(rounds.filter((round) => !isFlawless(round))).toEqual([]);
      }

      expect(rounds.some(isOver)).toBe(true);
      expect(rounds.filter(({ wasCut }) => wasCut).length).toBeGreaterThanOrEqual(atLeast);
    },
    590_000,
  );
});

/** The operator had nothing left to do before the cut. */
function isOver({ wasCut }: Round): boolean {
  return !wasCut;
}

function isFlawless({ jobsCreated, jobs, outcome, succeeded }: Round): boolean {
  return jobsCreated === 1 && jobs === 1 && outcome === 'Success' && succeeded === 'True';
}

/** One Synchronization whose operator is killed at the cut, and started again without one. */
async function playRound(installation: Installation, source: Referee, cut: Cut): Promise<Round> {
  const { kubeconfigPath } = installation.cluster;
  const name = `crash-${cut.side}-${cut.point}`;
  await source.removeTree(`/${name}`);
  await source.put(`/${name}/a/b`, 'c');
  const user = await createUserNamespace(installation, name);
  await user.applyDatabases();
  const synchronization = await user.createSynchronizationOf({ rootPath: `/${name}` });

  let kill: () => void = () => undefined;
  const proxy = await startApiProxy({
    kubeconfigPath,
    cut,
    onCut: () => {
      kill();
    },
  });
  const doomed = await startOperator({ apiUrl: proxy.url, namespace: name });
  kill = () => {
    doomed.kill('SIGKILL');
  };
  const ended = user.waitSucceeded(synchronization).catch(() => null);
  const wasCut = await Promise.race([doomed.exited.then(() => true), ended.then(() => false)]);
  const unharmed = await startApiProxy({ kubeconfigPath });
  const successor = wasCut ? await startOperator({ apiUrl: unharmed.url, namespace: name }) : null;
  await ended;

  const round = await judge(user, synchronization, [proxy, unharmed]);
  await doomed.stop();
  await successor?.stop();
  await Promise.all([proxy.close(), unharmed.close()]);
  await user.remove();
  return { cut, wasCut, ...round };
}

async function judge(
  user: UserNamespace,
  synchronization: string,
  proxies: readonly ApiProxy[],
): Promise<Omit<Round, 'cut' | 'wasCut'>> {
  const seen = await user.get(synchronization);
  const jobs = await user.kubectl('get', 'jobs', '-o', 'name');
  return {
    jobsCreated: proxies
      .flatMap(({ calls }) => calls)
      .filter((call) => call.method === 'POST' && call.url.includes('/jobs') && call.status === 201)
      .length,
    jobs: jobs.split('\n').filter(Boolean).length,
    outcome: seen.status?.result?.outcome,
    succeeded: seen.status?.conditions?.find(({ type }) => type === 'Succeeded')?.status,
  };
}
