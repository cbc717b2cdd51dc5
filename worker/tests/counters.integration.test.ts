import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import type { ZooKeeperClient } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { count, nextNumber } from '../testing/counters.ts';
import { runSynchronize } from '../testing/run-worker.ts';
import { open, put, zxids } from '../testing/znodes.ts';

jest.setTimeout(120_000);
const SETUP_TIMEOUT_MS = 600_000;

let source: ZooKeeperClient;
let destination: ZooKeeperClient;
let servers: ZooKeeperServer[];
let root = '';
let roots = 0;

function synchronize(more: Partial<SynchronizeArguments> = {}) {
  const [from, to] = servers;
  return runSynchronize({
    sourceServers: [from!.address],
    destinationServers: [to!.address],
    rootPath: root,
    ...more,
  });
}

describe.each(['3.4.14', '3.5.10', '3.6.4', '3.8.4', '3.9.5'])('with ZooKeeper %s', (version) => {
  beforeAll(async () => {
    servers = await Promise.all([
      startZooKeeperServer({ version }),
      startZooKeeperServer({ version }),
    ]);
    source = await open(servers[0]!);
    destination = await open(servers[1]!);
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all([source.close(), destination.close()]);
    await Promise.all(servers.map((server) => server.stop()));
  });

  beforeEach(() => {
    root = `/root-${(roots += 1)}`;
  });

  test('no number is given out twice after a failover', async () => {
    const parents = [root, `${root}/idgen`, `${root}/queue`, `${root}/queue/deep`];
    for (const path of parents) await put(source, { [path]: '' });
    await count(source, `${root}/idgen`, 2_345);
    await count(source, `${root}/queue`, 17);
    await put(source, { [`${root}/queue/a`]: 'a' });
    await source.delete(`${root}/queue/a`);
    await source.create(`${root}/queue/deep/lock-`, null, { mode: 'ephemeralSequential' });
    const { code, result } = await synchronize();
    expect(code).toBe(0);
    expect(result).toMatchObject({ verified: true, notCarried: [] });
    const before = await zxids(destination, root);
    expect((await synchronize()).code).toBe(0);
    expect(await zxids(destination, root)).toEqual(before);
    for (const path of parents) {
      const [given, next] = [await nextNumber(source, path), await nextNumber(destination, path)];
      expect({ path, isBehind: next < given }).toEqual({ path, isBehind: false });
    }
  });

  test('what is too far behind is named with how far, and the next run goes on', async () => {
    await put(source, { [`${root}/idgen`]: '' });
    await count(source, `${root}/idgen`, 700);
    const { code, result } = await synchronize({ maxCounterRaise: 500 });
    expect(code).toBe(0);
    expect(result?.notCarried).toEqual([
      { what: 'sequenceCounters', count: 1, paths: [`${root}/idgen`], missing: 200 },
    ]);
    expect((await synchronize({ maxCounterRaise: 500 })).result?.notCarried).toEqual([]);
    expect(await nextNumber(destination, `${root}/idgen`)).toBe(700);
  });

  test('data versions that nobody asked for are counted, run after run', async () => {
    const seqid = `${root}/brokers/seqid`;
    await put(source, { [seqid]: '', [`${root}/brokers/topics`]: '' });
    await source.setData(seqid, null);
    const behind = { what: 'dataVersions', count: 1, paths: [seqid], missing: 1 };
    for (let run = 0; run < 2; run += 1) {
      const { code, result } = await synchronize();
      expect(code).toBe(0);
      expect(result).toMatchObject({ verified: true, notCarried: [behind] });
    }
    expect((await synchronize({ preserveDataVersions: true })).result?.notCarried).toEqual([]);
    expect((await destination.exists(seqid))?.version).toBe(1);
  });

  test('no data version goes back after a failover, if that is asked for', async () => {
    const [seqid, state] = [`${root}/seqid`, `${root}/state`];
    await put(source, { [root]: '', [seqid]: '', [state]: 'leader' });
    const bump = (path: string, data: Buffer | null, times: number) =>
      source.multi(Array.from({ length: times }, () => ({ type: 'setData', path, data }) as const));
    for (let round = 0; round < 3; round += 1) await bump(seqid, null, 400);
    await bump(state, Buffer.from('leader 2'), 7);
    const { code, result } = await synchronize({ preserveDataVersions: true });
    expect(code).toBe(0);
    expect(result).toMatchObject({ verified: true, notCarried: [] });
    const before = await zxids(destination, root);
    expect((await synchronize({ preserveDataVersions: true })).code).toBe(0);
    expect(await zxids(destination, root)).toEqual(before);
    for (const path of [seqid, state]) {
      const [from, to] = [await source.getData(path), await destination.getData(path)];
      expect({ path, version: to.stat.version, data: to.data }).toEqual({
        path,
        version: from.stat.version,
        data: from.data,
      });
    }
    // An application goes on with a condition on the version it knows, as it would at the source.
    await destination.setData(state, Buffer.from('leader 3'), 7);
  });
});
