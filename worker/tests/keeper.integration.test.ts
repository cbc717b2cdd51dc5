import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  startFrameProxy,
  type FrameProxy,
  type ProxiedFrame,
} from '../../zookeeper/testing/index.ts';
import { count, nextNumber } from '../testing/counters.ts';
import {
  destination,
  destinationServer,
  root,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { put, remove, snapshot } from '../testing/znodes.ts';

useTwoClusters();

/** What a ClickHouse Keeper is known by; on a ZooKeeper anybody can make it look like one. */
const API_VERSION = '/keeper/api_version';

/** Requests that every Keeper knows (Coordination::OpNum); any other ends the session for good. */
const KNOWN_TO_KEEPER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 22, 100, -11];

interface Line extends AsyncDisposable {
  readonly proxy: FrameProxy;
  readonly opcodes: ReadonlySet<number>;
}

/** A way to a server on which it is written down what is asked of it. */
async function listenTo({ address }: { readonly address: string }): Promise<Line> {
  const opcodes = new Set<number>();
  const [host = '', port] = address.split(':');
  const judge = ({ direction, xid, payload }: ProxiedFrame) => {
    if (direction === 'requests' && xid !== null) opcodes.add(payload.readInt32BE(4));
    return 'pass' as const;
  };
  const proxy = await startFrameProxy({ target: { host, port: Number(port) }, judge });
  return { proxy, opcodes, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

describe('a ClickHouse Keeper', () => {
  beforeEach(async () => {
    for (const client of [source, destination]) {
      if ((await client.exists('/keeper')) !== null) await remove(client, '/keeper');
    }
  });

  test('is copied from without a request it does not know, and keeps what is its own', async () => {
    await put(source, { [API_VERSION]: '3', '/keeper/feature_flags': '1', '/app/a': '1' });
    await put(source, { '/app/queue': '' });
    await count(source, '/app/queue', 7);
    await using line = await listenTo(sourceServer);
    const { code, result } = await synchronize({
      sourceServers: [line.proxy.address],
      rootPath: '/',
      excludePaths: ['/root-*'],
    });
    expect(code).toBe(0);
    expect(result).toMatchObject({ verified: true, notCarried: [] });
    expect(await snapshot(destination, '/app')).toEqual(await snapshot(source, '/app'));
    expect(await nextNumber(destination, '/app/queue')).toBe(7);
    expect(await destination.exists('/keeper')).toBeNull();
    expect([...line.opcodes].filter((opcode) => !KNOWN_TO_KEEPER.includes(opcode))).toEqual([]);
  });

  test('is copied to, and what it cannot be told or asked is named', async () => {
    await put(destination, { [API_VERSION]: '3' });
    await put(source, { [`${root}/locks/a`]: '1' });
    await count(source, `${root}/locks`, 7);
    await using line = await listenTo(destinationServer);
    const { code, result } = await synchronize({
      destinationServers: [line.proxy.address],
      nodeTypes: [`${root}/locks=Container`],
    });
    expect(code).toBe(0);
    expect(result).toMatchObject({
      verified: true,
      fenced: true,
      notCarried: [
        { what: 'sequenceCounters' },
        { what: 'containers', remedy: expect.stringContaining('ClickHouse Keeper') },
      ],
    });
    expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    expect([...line.opcodes].filter((opcode) => !KNOWN_TO_KEEPER.includes(opcode))).toEqual([]);
  });
});
