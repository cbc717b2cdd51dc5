import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  findHostAddress,
  startFlood,
  startRelay,
  startTrickle,
  type HostServer,
} from '../support/host-servers.ts';
import {
  addressOf,
  installOperator,
  OPERATOR_NAMESPACE,
  type Installation,
} from '../support/installation.ts';
import { database } from '../support/manifests.ts';
import type { SeenObject } from '../support/seen-namespace.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

jest.setTimeout(200_000);

/** More of each than the controller probes at once for one namespace. */
const EACH = 6;

/** A session's handshake, and the beginning of what is asked in it. */
const HANDSHAKE_BYTES = 60;

interface Hostile {
  readonly name: string;
  readonly reason: string;
  readonly start: (host: string, installation: Installation) => Promise<HostServer>;
}

const HOSTILE: readonly Hostile[] = [
  {
    name: 'grants-a-session-and-falls-silent',
    reason: 'ConnectTimeout',
    start: (host, { cluster }) =>
      startRelay({ host, target: cluster.source, stopAfterBytes: HANDSHAKE_BYTES }),
  },
  { name: 'one-byte-a-second', reason: 'ConnectTimeout', start: startTrickle },
  { name: 'no-end-of-an-answer', reason: 'NotZooKeeper', start: startFlood },
];

describe('servers that are there to keep the operator busy', () => {
  let installation: Installation;
  let theirs: UserNamespace;
  let ours: UserNamespace;
  let servers: readonly HostServer[] = [];

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster } = installation;
    [theirs, ours] = await Promise.all([
      createUserNamespace(installation, 'hostile-servers'),
      createUserNamespace(installation, 'beside-hostile-servers'),
    ]);
    const host = await findHostAddress(cluster.source);
    servers = await Promise.all(HOSTILE.map(({ start }) => start(host, installation)));
    const databases = HOSTILE.flatMap(({ name }, kind) =>
      Array.from({ length: EACH }, (_, at) =>
        database(`${name}-${at}`, servers[kind]?.address ?? '', { authentication: 'None' }),
      ),
    );
    await theirs.apply(...databases);
  }, 240_000);

  afterAll(async () => {
    await Promise.all([theirs.remove(), ours.remove()]);
    await Promise.all(servers.map((server) => server.close()));
  });

  test('do not keep it from the Databases of another namespace', async () => {
    const address = addressOf(installation.cluster.source);
    await ours.apply(database('good', address, { authentication: 'None' }));
    await ours.kubectl('wait', '--for=condition=Ready', 'database/good', '--timeout=120s');
  });

  test.each(HOSTILE)('$name is told as $reason', async ({ name, reason }) => {
    await theirs.see((now) => {
      expect(now.condition(`Database/${name}-0`, 'Ready')).toMatchObject({
        status: 'False',
        reason,
      });
    });
  });

  test('neither end the operator nor make it unready', async () => {
    const pods = await installation.kubectl.get<{ items: readonly SeenObject[] }>([
      ...['-n', OPERATOR_NAMESPACE, 'pods'],
      ...['-l', 'app.kubernetes.io/component=database-controller'],
    ]);
    expect(pods.items).toHaveLength(1);
    expect(pods.items[0]?.status).toMatchObject({
      containerStatuses: [{ ready: true, restartCount: 0 }],
    });
  });
});
