import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../common/clock.ts';
import {
  startFakeServer,
  type FakePeer,
  type FakeServer,
} from '../../../zookeeper/testing/index.ts';
import type { Credentials } from '../../../assets/zookeeper/credentials.ts';
import { zooKeeperProber } from './probe.ts';

const TIMEOUT_MS = 300;
const probe = zooKeeperProber(systemClock, { timeoutMs: TIMEOUT_MS });
const never = new AbortController().signal;

const DIGEST: Credentials = {
  user: Buffer.from('admin'),
  password: Buffer.from('password'),
  mechanism: 'Digest',
};

type OnRead = (peer: FakePeer) => 'falls silent' | undefined;

const OPCODE = { ping: 11, auth: 100 };

/** Plays a server that lets everybody in, keeps the session alive until it is asked, and does then as `onRead` says. */
async function letIn(server: FakeServer, onRead: OnRead): Promise<void> {
  for (;;) {
    const peer = await server.accept();
    void (async () => {
      await peer.readConnect();
      peer.grant();
      for (;;) {
        const { xid, opcode } = await peer.readRequest();
        if (opcode === OPCODE.ping || opcode === OPCODE.auth) peer.reply({ xid });
        else if (onRead(peer) === 'falls silent') return;
      }
    })().catch(() => undefined);
  }
}

async function probeOne(onRead: OnRead) {
  await using server = await startFakeServer();
  void letIn(server, onRead).catch(() => undefined);
  const [found] = await probe({ servers: [server.address], credentials: DIGEST }, never);
  return found;
}

describe('the probe of a hostile server ends', () => {
  test('where it answers pings, and no read', async () => {
    expect(await probeOne(() => undefined)).toMatchObject({
      reachable: false,
      reason: 'ConnectTimeout',
      message: expect.stringContaining('accepts connections and stays silent') as unknown,
    });
  });

  test('where it answers a read one byte at a time', async () => {
    const drips: NodeJS.Timeout[] = [];
    try {
      const found = await probeOne((peer) => {
        peer.write(Buffer.from([0, 0, 1, 0]));
        drips.push(setInterval(() => peer.write(Buffer.from([0])), 20));
        return 'falls silent';
      });
      expect(found).toMatchObject({ reachable: false, reason: 'ConnectTimeout' });
    } finally {
      drips.forEach(clearInterval);
    }
  });

  test('where it announces an answer of 2 MiB, as large as a root may be, and none of it is waited for', async () => {
    const found = await probeOne((peer) => {
      peer.write(Buffer.from([0, 0x20, 0, 0]));
      return 'falls silent';
    });
    expect(found).toMatchObject({ reachable: true, credentials: 'Unverifiable' });
  });

  test('where srvr is answered for ever', async () => {
    await using server = await startFakeServer();
    void (async () => {
      for (;;) {
        const peer = await server.accept();
        const chatter = setInterval(() => peer.write(Buffer.alloc(256 * 1024, 'a')), 1);
        void peer.closed().finally(() => {
          clearInterval(chatter);
        });
      }
    })().catch(() => undefined);
    const [found] = await probe({ servers: [server.address], credentials: undefined }, never);
    expect(found).toMatchObject({ reachable: false, reason: 'NotZooKeeper' });
  });

  test('and keeps of what it says of itself so much that a status can hold, without control characters', async () => {
    await using server = await startFakeServer();
    void (async () => {
      for (;;) {
        const peer = await server.accept();
        const version = `3.9\u001b[31m\u202e${'9'.repeat(500_000)}`;
        const srvr = `Zookeeper version: ${version}\nMode: \u0007m${'😀'.repeat(100_000)}\n`;
        if ((await peer.readBytes()).toString() === 'srvr') peer.write(Buffer.from(srvr));
        peer.end();
      }
    })().catch(() => undefined);
    const [found] = await probe({ servers: [server.address], credentials: undefined }, never);
    expect(found?.version).toBe(`3.9[31m${'9'.repeat(57)}`);
    expect(found?.mode).toBe(`m${'😀'.repeat(63)}`);
  });
});
