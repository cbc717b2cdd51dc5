import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startBlackHole } from '../../zookeeper/testing/index.ts';
import {
  findHostAddress,
  startHttpServer,
  startRelay,
  unusedNeighbour,
  type HostServer,
} from '../support/host-servers.ts';
import { addressOf, installOperator, type Installation } from '../support/installation.ts';
import { database, secret, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee, type SeenTree } from '../support/referee.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

// One test waits for what began when the first one did; a look gives up after three minutes.
jest.setTimeout(200_000);

/** Everything that this suite writes is below this, on both sides. */
const TOP = '/bad-input-assets';

/** What every destination root holds before, and must hold after. */
const KEPT = 'kept';

const CREDENTIALS = { user: 'copier', password: 'right' };
const NO_SECRET = { authentication: 'None' };

/** A worker gives a server that it cannot reach up after this, and is not started again. */
const IMPATIENT = { ...NO_SECRET, sessionTimeoutSeconds: 4 };
const ONE_ATTEMPT = { backoffLimit: 0 };

/** A Database that cannot be used, in one way each, and what becomes of a copy from and to it. */
interface BadServer {
  readonly database: string;
  readonly ready: { readonly reason: string; readonly message: RegExp };
  /** What the worker says, after "No session with the source|destination (…), ". */
  readonly worker: RegExp;
}

const BAD_SERVERS: readonly BadServer[] = [
  {
    database: 'refusing',
    ready: {
      reason: 'ConnectionRefused',
      message: /:1: nothing listens on that port.*: check host and port/,
    },
    worker: /ConnectionRefused: nothing listens on that port.*: check host and port/,
  },
  {
    database: 'black-hole',
    ready: {
      reason: 'ConnectTimeout',
      message: /no answer in time: check the address/,
    },
    worker: /ConnectTimeout: no answer in time: check the address, and network policies/,
  },
  {
    database: 'nobodys-address',
    ready: {
      reason: 'HostUnreachable',
      message: /the network says that there is no way to that host: check the address, and routes/,
    },
    // Its patience may end before that of the network.
    worker:
      /(HostUnreachable: the network says that there is no way|ConnectTimeout: no answer in time)/,
  },
  {
    database: 'silent',
    ready: {
      reason: 'ConnectTimeout',
      message: /no answer in time: check the address/,
    },
    worker: /ConnectTimeout: no answer in time: check the address, and network policies/,
  },
  {
    database: 'speaks-http',
    ready: {
      reason: 'NotZooKeeper',
      message: /does not speak the ZooKeeper protocol: give the client port/,
    },
    worker:
      /NotZooKeeper: something answers there that does not speak the ZooKeeper protocol: give the/,
  },
  {
    database: 'nameless',
    ready: {
      reason: 'NameNotResolved',
      message: /cannot be resolved inside the cluster: correct it/,
    },
    worker: /NameNotResolved: the host name cannot be resolved inside the cluster: correct it/,
  },
];

/** Something that is not there or not whole yet, and what makes it so. */
interface Waiting {
  /** Name of the Synchronization, of its source and, where it has one, of the Secret. */
  readonly name: string;
  readonly reason: string;
  readonly message: RegExp;
  readonly before: readonly Manifest[];
}

describe('assets that are missing or cannot be used', () => {
  let installation: Installation;
  let user: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let servers: readonly HostServer[] = [];
  let before: SeenTree;

  /** Source Databases that the last part of the suite puts right. */
  let waiting: readonly Waiting[];

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster } = installation;
    user = await createUserNamespace(installation, 'bad-input-assets');
    source = await connectReferee(addressOf(cluster.source));
    destination = await connectReferee(addressOf(cluster.destination));
    const host = await findHostAddress(cluster.source);
    const silent = await startRelay({ host, target: cluster.source, stopAfterBytes: 0 });
    const http = await startHttpServer(host);
    const hole = await startBlackHole(host);
    servers = [silent, http, hole];
    waiting = waitingFor(addressOf(cluster.source));
    await plantTrees();

    await user.apply(
      database('good-source', addressOf(cluster.source), NO_SECRET),
      database('good-destination', addressOf(cluster.destination), NO_SECRET),
      database('refusing', `${cluster.source.host}:1`, IMPATIENT),
      database('black-hole', hole.address, IMPATIENT),
      database('nobodys-address', `${unusedNeighbour(cluster.source)}:2181`, IMPATIENT),
      database('silent', silent.address, IMPATIENT),
      database('speaks-http', http.address, IMPATIENT),
      database('nameless', 'nobody.bad-input-assets.svc.cluster.local:2181', IMPATIENT),
      ...wrongPasswords(addressOf(cluster.source), addressOf(cluster.destination)),
      ...waiting.flatMap(({ before: manifests }) => manifests),
    );
    await user.apply(
      ...BAD_SERVERS.flatMap(({ database: name }) => [
        copy(`from-${name}`, { source: name }),
        copy(`to-${name}`, { destination: name }),
      ]),
      copy('wrong-at-source', { source: 'wrong-at-source' }),
      copy('wrong-at-destination', { destination: 'wrong-at-destination' }),
      ...waiting.map(({ name }) => copy(name, { source: name })),
    );
  }, 420_000);

  afterAll(async () => {
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    source.close();
    destination.close();
    await Promise.all(servers.map((server) => server.close()));
    await user.remove();
  }, 150_000);

  /** A tree to copy for each, another one in the place where it would go, some protected. */
  async function plantTrees(): Promise<void> {
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    const names = [
      ...BAD_SERVERS.flatMap(({ database: name }) => [`from-${name}`, `to-${name}`]),
      ...['wrong-at-source', 'wrong-at-destination'],
      ...waiting.map(({ name }) => name),
    ];
    for (const name of names) {
      await source.put(`${TOP}/${name}/new`, 'from the source');
      await destination.put(`${TOP}/${name}/${KEPT}`, 'of the destination');
    }
    await source.protect(`${TOP}/wrong-at-source`, CREDENTIALS.user, CREDENTIALS.password);
    const { user: name, password } = CREDENTIALS;
    await destination.protect(`${TOP}/wrong-at-destination`, name, password);
    before = await destination.readTree(TOP);
  }

  test.each(BAD_SERVERS)(
    'the Database $database says $ready.reason in its condition and in an event',
    async ({ database: name, ready }) => {
      const seen = await user.see((now) => {
        expect(now.condition(`Database/${name}`, 'Ready')).toMatchObject({
          status: 'False',
          reason: ready.reason,
          message: expect.stringMatching(ready.message) as unknown,
        });
      });

      expect(seen.events(`Database/${name}`)).toContainEqual(
        expect.stringMatching(new RegExp(`^Warning ${ready.reason} .*${ready.message.source}`)),
      );
    },
  );

  test.each(
    BAD_SERVERS.flatMap(({ database: name, worker }) => [
      { run: `from-${name}`, side: 'source', reason: 'SourceUnavailable', worker },
      { run: `to-${name}`, side: 'destination', reason: 'DestinationUnavailable', worker },
    ]),
  )('the copy $run fails with $reason', async ({ run, side, reason, worker }) => {
    const message = new RegExp(`^No session with the ${side} \\(.*\\), ${worker.source}`);
    await seeFailed(run, reason, message);
  });

  test.each([
    {
      run: 'wrong-at-source',
      message: /The source does not let this user read \/bad-input-assets\/wrong-at-source: check/,
    },
    {
      run: 'wrong-at-destination',
      message: /The destination does not let this user read .*: check user and password/,
    },
  ])('the copy $run fails with AuthenticationFailed', async ({ run, message }) => {
    await seeFailed(run, 'AuthenticationFailed', message);
  });

  test('a Database whose root is protected against its user says so', async () => {
    await user.see((now) => {
      expect(now.condition('Database/no-right-on-root', 'Ready')?.message).toMatch(
        /User and password give no right to read the root: if that is not intended, check them/,
      );
    });
  });

  test('no password is in a condition, an event or a Job', async () => {
    const everything = await user.kubectl(
      ...['get', 'databases,synchronizations,jobs,pods,events', '-o', 'json'],
    );

    expect(everything).not.toContain('not-the-right-one');
  });

  test('none of them has changed the destination', async () => {
    expect(await destination.readTree(TOP)).toEqual(before);
  });

  test('what is missing is waited for, without a Job', async () => {
    const seen = await user.see((now) => {
      for (const { name, reason, message } of waiting) {
        expect({ name, ...now.condition(`Synchronization/${name}`, 'Succeeded') }).toMatchObject({
          name,
          status: 'Unknown',
          reason,
          message: expect.stringMatching(message) as unknown,
        });
      }
    });

    for (const { name, reason, message } of waiting) {
      const id = `Synchronization/${name}`;
      expect(seen.events(id)).toContainEqual(
        expect.stringMatching(new RegExp(`^Warning ${reason} .*${message.source}`)),
      );
      expect(seen.ownedBy(id, 'Job')).toEqual([]);
    }
  });

  test('what was missing starts by itself once it is there', async () => {
    const address = addressOf(installation.cluster.source);
    await user.apply(
      database('no-database', address, NO_SECRET),
      secret('no-secret', CREDENTIALS),
      secret('no-user', CREDENTIALS),
      secret('line-break', CREDENTIALS),
    );

    await user.see((now) => {
      for (const { name } of waiting) {
        expect({ name, ...now.condition(`Synchronization/${name}`, 'Succeeded') }).toMatchObject({
          ...{ name, status: 'True', reason: 'Verified' },
        });
      }
    });
    for (const { name } of waiting) {
      const path = `${TOP}/${name}`;
      expect(await destination.readTree(path)).toEqual(await source.readTree(path));
    }
  });

  async function seeFailed(run: string, reason: string, message: RegExp): Promise<void> {
    const id = `Synchronization/${run}`;
    const expected = { reason, message: expect.stringMatching(message) as unknown };
    const seen = await user.see((now) => {
      expect(now.condition(id, 'Succeeded')).toMatchObject({ status: 'False', ...expected });
    });

    expect(seen.condition(id, 'Stalled')).toMatchObject({ status: 'True', ...expected });
    expect(seen.object(id).status).toMatchObject({ attempts: 1 });
    expect(seen.events(id)).toContainEqual(
      expect.stringMatching(new RegExp(`^Warning ${reason} .*${message.source.replace('^', '')}`)),
    );
  }
});

function copy(
  name: string,
  sides: { readonly source?: string; readonly destination?: string },
): Manifest {
  return synchronization({
    name,
    source: 'good-source',
    destination: 'good-destination',
    rootPath: `${TOP}/${name}`,
    spec: ONE_ATTEMPT,
    ...sides,
  });
}

function wrongPasswords(source: string, destination: string): readonly Manifest[] {
  const wrong = { user: CREDENTIALS.user, password: 'not-the-right-one' };
  return [
    secret('wrong-at-source', wrong),
    database('wrong-at-source', source),
    secret('wrong-at-destination', wrong),
    database('wrong-at-destination', destination),
    secret('no-right-on-root', wrong),
    database('no-right-on-root', `${source}${TOP}/wrong-at-source`),
  ];
}

function waitingFor(source: string): readonly Waiting[] {
  return [
    {
      name: 'no-database',
      reason: 'AssetNotFound',
      message:
        /The Database no-database does not exist in namespace bad-input-assets: create it there/,
      before: [],
    },
    {
      name: 'no-secret',
      reason: 'SecretNotFound',
      message: /The Secret no-secret does not exist in namespace bad-input-assets: create it with/,
      before: [database('no-secret', source)],
    },
    {
      name: 'no-user',
      reason: 'SecretKeyMissing',
      message: /The Secret no-user has no user: it needs the keys user and password/,
      before: [database('no-user', source), secret('no-user', { password: CREDENTIALS.password })],
    },
    {
      name: 'line-break',
      reason: 'SecretTrailingNewline',
      message: /The Secret line-break has a line break at the end of password: write it without/,
      before: [
        database('line-break', source),
        secret('line-break', { ...CREDENTIALS, password: 'right\n' }),
      ],
    },
  ];
}
