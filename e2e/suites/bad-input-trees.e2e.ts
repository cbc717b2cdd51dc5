import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { database, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee, type SeenTree } from '../support/referee.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

jest.setTimeout(200_000);

/** Everything that this suite writes is below this, on both sides. */
const TOP = '/bad-input-trees';
const NAMESPACE = 'bad-input-trees';

/** A Service that leads to the source, so that it has a second name. */
const OTHER_NAME = 'zookeeper-by-another-name';

/** Deletions that a guard looks at begin with so many. */
const MANY = 120;

interface Refused {
  readonly name: string;
  readonly source?: string;
  readonly destination?: string;
  readonly guard: string;
  readonly message: RegExp;
}

const REFUSED: readonly Refused[] = [
  {
    name: 'no-source-root',
    guard: 'SourceRootMissing',
    message:
      /^The source has no znode \/bad-input-trees\/no-source-root: check the root path, and that/,
  },
  {
    name: 'empty-source',
    guard: 'EmptySource',
    message: /has nothing to copy below .*, but the destination has 2 znodes there: restore the so/,
  },
  {
    name: 'almost-empty-source',
    guard: 'MassDeletion',
    message: /^120 znodes of 120 below .* would be deleted at the destination \(100\.0 %\); at mos/,
  },
  {
    name: 'onto-itself',
    destination: 'source-again',
    guard: 'SameEnsemble',
    message: /^Source and destination are the same ZooKeeper ensemble, .*: name two different clus/,
  },
  {
    name: 'onto-itself-by-another-name',
    destination: 'source-by-another-name',
    guard: 'SameEnsemble',
    message: /^Source and destination are the same ZooKeeper ensemble, .*: name two different clus/,
  },
  {
    name: 'from-another-name-onto-itself',
    source: 'source-by-another-name',
    destination: 'source-again',
    guard: 'SameEnsemble',
    message: /^Source and destination are the same ZooKeeper ensemble, .*: name two different clus/,
  },
];

describe('trees that a copy would destroy', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let sourceBefore: SeenTree;
  let destinationBefore: SeenTree;

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster } = installation;
    user = await createUserNamespace(installation, NAMESPACE);
    source = await connectReferee(addressOf(cluster.source));
    destination = await connectReferee(addressOf(cluster.destination));
    await plantTrees();
    const { port } = cluster.source;
    const noSecret = { authentication: 'None' };
    await user.apply(
      ...anotherNameFor(cluster.source),
      database('source', addressOf(cluster.source), noSecret),
      database('source-again', addressOf(cluster.source), noSecret),
      // The operator is in another namespace, and probes what the worker will use.
      database('source-by-another-name', `${OTHER_NAME}.${NAMESPACE}:${port}`, noSecret),
      database('destination', addressOf(cluster.destination), noSecret),
      ...REFUSED.map(copy),
    );
  }, 420_000);

  afterAll(async () => {
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    source.close();
    destination.close();
    await user.remove();
  }, 150_000);

  async function plantTrees(): Promise<void> {
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    for (const name of ['no-source-root', 'empty-source']) {
      await destination.put(`${TOP}/${name}/kept/deeply`, 'of the destination');
    }
    await source.put(`${TOP}/empty-source`);
    await source.put(`${TOP}/almost-empty-source/new`);
    await destination.put(`${TOP}/almost-empty-source`);
    await Promise.all(
      Array.from({ length: MANY }, (_, index) =>
        destination.put(`${TOP}/almost-empty-source/kept-${index}`),
      ),
    );
    for (const { name, guard } of REFUSED) {
      if (guard === 'SameEnsemble') await source.put(`${TOP}/${name}/kept`, 'of the source');
    }
    sourceBefore = await source.readTree(TOP);
    destinationBefore = await destination.readTree(TOP);
  }

  test.each(REFUSED)('the copy $name is refused by $guard', async ({ name, guard, message }) => {
    const id = `Synchronization/${name}`;
    const expected = {
      reason: 'GuardRefused',
      message: expect.stringMatching(message) as unknown,
    };
    const seen = await user.see((now) => {
      expect(now.condition(id, 'Succeeded')).toMatchObject({ status: 'False', ...expected });
    });

    expect(seen.condition(id, 'Stalled')).toMatchObject({ status: 'True', ...expected });
    // Trying again cannot help, so nobody did.
    expect(seen.object(id).status).toMatchObject({
      attempts: 1,
      result: { guard, created: 0, updated: 0, deleted: 0 },
    });
    expect(seen.events(id)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^Warning GuardRefused .*${message.source.replace('^', '')}`),
      ),
    );
  });

  test('none of them has changed either side', async () => {
    expect(await source.readTree(TOP)).toEqual(sourceBefore);
    expect(await destination.readTree(TOP)).toEqual(destinationBefore);
  });
});

function copy({ name, source = 'source', destination = 'destination' }: Refused): Manifest {
  return synchronization({ name, source, destination, rootPath: `${TOP}/${name}` });
}

function anotherNameFor(server: {
  readonly host: string;
  readonly port: number;
}): readonly Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: OTHER_NAME },
      spec: { ports: [{ name: 'client', port: server.port }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: OTHER_NAME, labels: { 'kubernetes.io/service-name': OTHER_NAME } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [server.host], conditions: { ready: true } }],
      ports: [{ name: 'client', port: server.port, protocol: 'TCP' }],
    },
  ];
}
