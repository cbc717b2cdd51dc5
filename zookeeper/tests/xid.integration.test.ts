import { describe, expect, jest, test } from '@jest/globals';
import { connect } from '../client.ts';
import { startFrameProxy, startZooKeeperServer } from '../testing/index.ts';

const MAX_XID = 0x7fffffff;
jest.setTimeout(600_000);

/** A test cannot wait for two thousand million requests, so it begins shortly before the end. */
describe.each(['3.4.14', '3.6.4', '3.9.5'])('ZooKeeper %s', (version) => {
  test('does not care that request numbers begin again at 1, nor where a connection breaks there', async () => {
    await using server = await startZooKeeperServer({ version });
    const xids: number[] = [];
    let isCut = false;
    await using proxy = await startFrameProxy({
      target: server,
      judge: ({ direction, xid }) => {
        if (direction === 'replies' || xid === null || xid < 1) return 'pass';
        xids.push(xid);
        if (isCut || xid !== 100) return 'pass';
        isCut = true;
        return 'cutBefore';
      },
    });
    const limits = { maxInFlightRequests: 50 };
    const lastXid = MAX_XID - 200;
    await using client = await connect({ servers: [proxy.address], lastXid, ...limits });
    await client.create('/xid', null);
    const writes = Array.from({ length: 500 }, (_, index) =>
      client.setData('/xid', Buffer.from(`${index}`)),
    );
    const controller = new AbortController();
    const aborted = client.delete('/xid', -1, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'Aborted', isOutcomeUnknown: false });
    const outcomes = await Promise.allSettled(writes);
    const failed = outcomes.filter(({ status }) => status === 'rejected');
    // What was sent and not answered is lost with the connection, and nothing else.
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(limits.maxInFlightRequests);
    expect((await client.getData('/xid')).data?.toString()).toBe('499');
    expect(isCut).toBe(true);
    const more = Array.from({ length: 300 }, () => client.setData('/xid', null));
    expect(await Promise.all(more)).toHaveLength(300);
    await client.close();
    expect((await client.closed).reason).toBe('closed');
    expect(xids).toContain(MAX_XID);
    expect(xids[xids.indexOf(MAX_XID) + 1]).toBe(1);
    expect(Math.min(...xids)).toBe(1);
  });
});
