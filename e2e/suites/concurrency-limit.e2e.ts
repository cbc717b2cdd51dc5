import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { database, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee } from '../support/referee.ts';
import {
  createUserNamespace,
  type SeenSynchronization,
  type UserNamespace,
} from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(200_000);

const NAMESPACE = 'concurrency-limit';
const ROOT = '/concurrency-limit-e2e';
const NAMES = ['first', 'second', 'third'];

describe('a Database that takes one Synchronization at a time', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  /** Those that were seen to wait for capacity. */
  const waited = new Set<string>();
  let ended: readonly SeenSynchronization[];

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster } = installation;
    user = await createUserNamespace(installation, NAMESPACE);
    source = await connectReferee(addressOf(cluster.source));
    await source.removeTree(ROOT);
    for (const name of NAMES) await source.put(`${ROOT}/${name}/a`, name);
    const open = { authentication: 'None' };
    await user.apply(
      database('source', addressOf(cluster.source), open),
      limited(database('small', addressOf(cluster.destination), open)),
    );
    await user.apply(
      ...NAMES.map((name) =>
        synchronization({
          ...{ name, source: 'source', destination: 'small' },
          rootPath: `${ROOT}/${name}`,
        }),
      ),
    );
    await user.see((seen) => {
      for (const name of NAMES) {
        const told = seen.condition(`Synchronization/${name}`, 'Succeeded');
        if (told?.reason === 'WaitingForCapacity') waited.add(name);
        expect(seen.ownedBy(`Synchronization/${name}`, 'Job').length).toBeLessThanOrEqual(1);
      }
      expect(
        NAMES.map((name) => seen.condition(`Synchronization/${name}`, 'Succeeded')?.status),
      ).toEqual(NAMES.map(() => 'True'));
    });
    ended = await Promise.all(NAMES.map((name) => user.get(name)));
  }, 500_000);

  afterAll(async () => {
    source.close();
    await user.remove();
  });

  test('lets them in one after the other: none begins before the one before has ended', () => {
    const stays = ended
      .map(({ status }) => ({ from: status?.startTime ?? '', to: status?.completionTime ?? '' }))
      .sort((one, other) => (one.from < other.from ? -1 : 1));

    expect(stays.slice(1).filter(({ from }, index) => from < stays[index]!.to)).toEqual([]);
  });

  test('tells the others what they wait for', () => {
    expect(waited.size).toBeGreaterThanOrEqual(NAMES.length - 1);
  });
});

function limited(manifest: Manifest): Manifest {
  return {
    ...manifest,
    spec: { ...(manifest['spec'] as object), maxConcurrentSynchronizations: 1 },
  };
}
