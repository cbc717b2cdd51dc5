import type { MultiOp, ZooKeeperClient } from '../../zookeeper/index.ts';

/** Creates children and deletes them again. */
export async function count(client: ZooKeeperClient, path: string, times: number): Promise<void> {
  const pair: MultiOp[] = [
    { type: 'create', path: `${path}/x`, data: null },
    { type: 'delete', path: `${path}/x` },
  ];
  for (let left = times; left > 0; left -= 200) {
    await client.multi(Array.from({ length: Math.min(left, 200) }, () => pair).flat());
  }
}

/** The number that the next sequential child of a parent gets. */
export async function nextNumber(client: ZooKeeperClient, path: string): Promise<number> {
  const { path: created } = await client.create(`${path}/n-`, null, {
    mode: 'ephemeralSequential',
  });
  await client.delete(created);
  return Number(created.slice(-10));
}
