import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  connect as connectSocket,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { systemClock } from '../../../common/clock.ts';
import {
  connect,
  digestAclId,
  digestAuth,
  openAcl,
  permissions,
} from '../../../zookeeper/index.ts';
import {
  bytes,
  startBlackHole,
  startFakeServer,
  startZooKeeperServer,
  type FakePeer,
  type FakeServer,
  type ZooKeeperServer,
} from '../../../zookeeper/testing/index.ts';
import { freePort } from '../../../testing/free-port.ts';
import type { Credentials } from '../../../assets/zookeeper/credentials.ts';
import { zooKeeperProber } from './probe.ts';

const probe = zooKeeperProber(systemClock, { timeoutMs: 2_000 });
const never = new AbortController().signal;

const RIGHT: Credentials = {
  user: Buffer.from('admin'),
  password: Buffer.from('password'),
  mechanism: 'Auto',
};
const WRONG: Credentials = { ...RIGHT, password: Buffer.from('guess') };

/** Connections to what listens here: a server that is closed leaves them open. */
const sockets: Socket[] = [];

/** Something that listens and is not ZooKeeper. */
async function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Opens sessions, and executes nothing that is asked in them. */
async function turnAway(server: FakeServer): Promise<void> {
  for (;;) {
    const peer = await server.accept();
    const isSession = (await peer.readBytes()).toString() !== 'srvr';
    if (isSession) void answer(peer).catch(() => undefined);
    else peer.end();
  }
}

async function answer(peer: FakePeer): Promise<void> {
  await peer.readConnect();
  peer.grant();
  for (;;) {
    const { xid, opcode } = await peer.readRequest();
    // Pings and identities have numbers below 0; the end of a session is taken, too.
    peer.reply({ xid, error: xid < 0 || opcode === -11 ? 0 : -127 });
  }
}

test('a server that turns requests away while it is busy is there, and says nothing of credentials', async () => {
  await using server = await startFakeServer();
  void turnAway(server).catch(() => undefined);
  const credentials = { ...RIGHT, mechanism: 'Digest' } as const;
  const [found] = await probe({ servers: [server.address], credentials }, never);
  expect(found).toMatchObject({ reachable: true, credentials: 'Unverifiable' });
}, 20_000);

test('a server that takes one connection is there, and with it taken says so by the limit', async () => {
  await using server = await startZooKeeperServer({ extraConfig: { maxClientCnxns: 1 } });
  const request = { servers: [server.address], credentials: undefined };
  expect(await probe(request, never)).toMatchObject([{ reachable: true }]);
  const other = await connect({ servers: server.address });
  const refused = await probe(request, never);
  await other.close();
  expect(refused).toMatchObject([{ reachable: false, reason: 'ConnectionClosed' }]);
  expect(JSON.stringify(refused)).toContain('maxClientCnxns');
}, 120_000);

describe('the probe of a server that serves', () => {
  let server: ZooKeeperServer;

  beforeAll(async () => {
    server = await startZooKeeperServer();
  }, 120_000);

  afterAll(async () => {
    await server.stop();
  });

  async function protectRoot(): Promise<void> {
    const auth = digestAuth('admin', 'password');
    const client = await connect({ servers: server.address, auth: [auth] });
    const id = digestAclId('admin', 'password');
    await client.setAcl('/', [{ permissions: permissions.all, scheme: 'digest', id }]);
    await client.close();
  }

  async function openRoot(): Promise<void> {
    const auth = digestAuth('admin', 'password');
    const client = await connect({ servers: server.address, auth: [auth] });
    await client.setAcl('/', openAcl);
    await client.close();
  }

  test.each([
    { what: 'data', credentials: 'Unverifiable', protect: false },
    { what: 'data, protected', credentials: 'Verified', protect: true },
  ])('is not irritated by a root with 1 MiB of $what', async ({ credentials, protect }) => {
    const client = await connect({ servers: server.address });
    await client.setData('/', Buffer.alloc(1_048_500, 'x'));
    if (protect) await protectRoot();
    const right = { ...RIGHT, mechanism: 'Digest' } as const;
    const found = await probe({ servers: [server.address], credentials: right }, never);
    if (protect) await openRoot();
    await client.setData('/', null);
    await client.close();
    expect(found).toMatchObject([{ reachable: true, credentials }]);
  });

  test('tells version, mode and latency, and that an open tree verifies nobody', async () => {
    const [found] = await probe({ servers: [server.address], credentials: WRONG }, never);

    expect(found).toMatchObject({
      address: server.address,
      reachable: true,
      version: server.version,
      mode: 'standalone',
      credentials: 'Unverifiable',
    });
    expect(found?.latencyMs).toBeGreaterThanOrEqual(0);
  });

  test('goes through a chroot, there or not', async () => {
    const servers = [`${server.address}/not/there`];

    expect(await probe({ servers, credentials: RIGHT }, never)).toMatchObject([
      { address: server.address, reachable: true },
    ]);
  });

  test('uses no credentials where there are none', async () => {
    expect(await probe({ servers: [server.address], credentials: undefined }, never)).toMatchObject(
      [{ reachable: true, credentials: 'NotUsed' }],
    );
  });

  test('tells right from wrong credentials where the root is protected', async () => {
    await protectRoot();
    const servers = [server.address];
    try {
      expect(await probe({ servers, credentials: RIGHT }, never)).toMatchObject([
        { reachable: true, credentials: 'Verified' },
      ]);
      expect(await probe({ servers, credentials: WRONG }, never)).toMatchObject([
        { reachable: true, credentials: 'NoRightOnRoot' },
      ]);
    } finally {
      await openRoot();
    }
  });

  test('probes each server of a list once, in its order', async () => {
    const silent = `127.0.0.1:${await freePort()}`;
    const servers = [silent, server.address, server.address];

    expect(await probe({ servers, credentials: RIGHT }, never)).toMatchObject([
      { address: silent, reachable: false, reason: 'ConnectionRefused' },
      { address: server.address, reachable: true },
    ]);
  });
});

/** Answers `srvr` and the request for a session as a server with readonlymode.enabled and no quorum. */
function playReadOnly(socket: Socket): void {
  socket.once('data', (data) => {
    if (data.toString() === 'srvr') {
      socket.end('Zookeeper version: 3.9.5-293c, built on 2026-02-11\nMode: read-only\n');
    } else socket.end(bytes().int(0).long(0n).int(-119).frame());
  });
}

describe('the probe of a server that demands authentication', () => {
  const enforced = (schemes: string) => ({
    extraConfig: {
      'enforce.auth.enabled': 'true',
      'enforce.auth.schemes': schemes,
      'authProvider.x509': 'org.apache.zookeeper.server.auth.X509AuthenticationProvider',
    },
  });

  test('says that no credentials are used, not that they were refused', async () => {
    await using server = await startZooKeeperServer(enforced('digest'));
    const servers = [server.address];

    expect(await probe({ servers, credentials: undefined }, never)).toMatchObject([
      {
        reason: 'AuthenticationRequired',
        message: expect.stringContaining('no credentials are used: offer user and password'),
      },
    ]);
    expect(await probe({ servers, credentials: RIGHT }, never)).toMatchObject([
      { reachable: true },
    ]);
  }, 120_000);

  test('asks for a certificate where user and password cannot help', async () => {
    await using server = await startZooKeeperServer(enforced('x509'));
    const [found] = await probe({ servers: [server.address], credentials: RIGHT }, never);

    expect(found).toMatchObject({
      reason: 'AuthenticationRequired',
      message: expect.stringContaining('did not do: offer a client certificate'),
    });
    expect(JSON.stringify(found)).not.toContain('user and password');
  }, 120_000);
});

test('the probe does with one connection where a server takes no more', async () => {
  await using server = await startZooKeeperServer({ extraConfig: { maxClientCnxns: 1 } });
  const request = { servers: [server.address], credentials: RIGHT };

  expect(await probe(request, never)).toMatchObject([{ reachable: true, mode: 'standalone' }]);
}, 120_000);

describe('the probe of what does not serve', () => {
  const servers: Server[] = [];

  afterAll(() => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  });

  async function fake(onConnection: (socket: Socket) => void): Promise<string> {
    const server = await listen(onConnection);
    servers.push(server);
    return addressOf(server);
  }

  test.each([
    {
      name: 'nobody listens',
      address: async () => `127.0.0.1:${await freePort()}`,
      reason: 'ConnectionRefused',
    },
    {
      name: 'the name means nothing',
      address: () => Promise.resolve('no-such-host.invalid:2181'),
      reason: 'NameNotResolved',
    },
    {
      // No TCP connection leads to a multicast address, whatever the routes of this machine are.
      name: 'the network knows no way to it',
      address: () => Promise.resolve('224.0.0.1:2181'),
      reason: 'HostUnreachable',
    },
    {
      name: 'it never says a word',
      address: () => fake(() => undefined),
      reason: 'ConnectTimeout',
    },
    {
      name: 'it hangs up',
      address: () => fake((socket) => socket.destroy()),
      reason: 'ConnectionClosed',
    },
    {
      name: 'it speaks HTTP',
      address: () =>
        fake((socket) => {
          socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
        }),
      reason: 'NotZooKeeper',
    },
    {
      name: 'it has no quorum',
      address: () =>
        fake((socket) => {
          socket.once('data', (data) => {
            if (data.toString() !== 'srvr') socket.destroy();
            else socket.end('This ZooKeeper instance is not currently serving requests\n');
          });
        }),
      reason: 'NotServing',
    },
    {
      name: 'it lost its ensemble and offers only reading',
      address: () => fake(playReadOnly),
      reason: 'NotServing',
    },
  ])(
    'says $reason when $name',
    async ({ address, reason }) => {
      const server = await address();
      const [found] = await probe({ servers: [server], credentials: RIGHT }, never);

      expect(found).toMatchObject({ address: server, reachable: false, reason });
      expect(JSON.stringify(found)).not.toContain('password');
    },
    15_000,
  );

  test('says of a server that offers only reading what it is, and nothing of TLS', async () => {
    const request = { servers: [await fake(playReadOnly)], credentials: RIGHT };
    const [found] = await probe(request, never);

    expect(found).toMatchObject({ message: expect.stringContaining('offers only reading') });
    expect(JSON.stringify(found)).not.toMatch(/tls/iu);
  });

  test('tells a server that accepts and stays silent from an address that does not answer', async () => {
    const [found] = await probe(
      { servers: [await fake(() => undefined)], credentials: RIGHT },
      never,
    );

    expect(found).toMatchObject({
      reason: 'ConnectTimeout',
      message: expect.stringContaining('accepts connections and stays silent'),
    });
  }, 15_000);

  test('says ConnectTimeout when what opens a connection is lost, and keeps its own deadline', async () => {
    const hole = await startBlackHole();
    // Goes the same way and has no deadline: it shows that nothing comes back at all.
    const witness = connectSocket(hole.port, hole.host);
    const heard: string[] = [];
    for (const event of ['connect', 'error']) witness.on(event, () => heard.push(event));
    try {
      const [found] = await probe({ servers: [hole.address], credentials: RIGHT }, never);

      expect(found).toEqual({
        address: hole.address,
        reachable: false,
        reason: 'ConnectTimeout',
        message:
          'no answer in time: check the address, and network policies and firewalls on the way (no answer to the connection attempt: a firewall that drops packets?).',
      });
      expect({ heard, isStillConnecting: witness.connecting }).toEqual({
        heard: [],
        isStillConnecting: true,
      });
    } finally {
      witness.destroy();
      await hole.close();
    }
  }, 15_000);

  test('ends when it is told to', async () => {
    const server = await fake(() => undefined);
    const stop = new AbortController();
    const running = probe({ servers: [server], credentials: RIGHT }, stop.signal);

    stop.abort(new Error('the operator is stopping'));

    await expect(running).rejects.toThrow('the operator is stopping');
  });
});
