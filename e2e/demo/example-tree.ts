import type { Referee, SeenTree } from '../support/referee.ts';

/** Root path of the documented samples. */
export const ROOT_PATH = '/test';

/** What an online shop might keep in ZooKeeper: path → data. Parents stand before children. */
export const EXAMPLE_TREE: Readonly<Record<string, string>> = {
  '/test': '',
  '/test/brokers': '',
  '/test/brokers/topics': '',
  '/test/brokers/topics/orders': '{"partitions":12,"replicas":3}',
  '/test/brokers/topics/payments': '{"partitions":6,"replicas":3}',
  '/test/brokers/topics/returns': '{"partitions":3,"replicas":2}',
  '/test/config': '',
  '/test/config/checkout': '{"currency":"EUR","timeoutMs":2500}',
  '/test/config/feature-flags': '{"giftCards":true,"newSearch":false}',
  '/test/config/tenants': '',
  '/test/config/tenants/münchen': '{"größe":"klein"}',
  '/test/config/tenants/oslo': '{"vat":25}',
  '/test/locks': '',
  '/test/locks/nightly-report': '',
  '/test/services': '',
  '/test/services/checkout': '{"version":"4.2.0"}',
  '/test/services/checkout/instances': '',
};

/** Announces a running instance; belongs to the session that made it, so it is not to be copied. */
export const EXAMPLE_EPHEMERAL = '/test/services/checkout/instances/pod-1';

export interface TreeChange {
  readonly kind: 'create' | 'set' | 'remove';
  readonly path: string;
}

/**
 * What turns one tree into another: creates with parents first, then new data, then the top of
 * each part that goes. Data of `seen` is in base64.
 */
export function changesTo(wanted: Readonly<Record<string, string>>, seen: SeenTree): TreeChange[] {
  const extra = Object.keys(seen).filter((path) => !(path in wanted));
  const changes = Object.entries(wanted).flatMap(([path, data]): TreeChange[] => {
    const found = seen[path];
    if (found === undefined) return [{ kind: 'create', path }];
    return found === Buffer.from(data).toString('base64') ? [] : [{ kind: 'set', path }];
  });
  const tops = extra.filter((path) => !extra.includes(path.slice(0, path.lastIndexOf('/'))));
  return [...changes, ...tops.map((path): TreeChange => ({ kind: 'remove', path }))];
}

/**
 * Makes the source look like the example, writing only what differs: a plan that is running sees
 * no moment without a tree. Gives back what was changed.
 */
export async function bringExampleTree(source: Referee): Promise<readonly TreeChange[]> {
  const seen = await source.readTree(ROOT_PATH).catch(() => ({}));
  const changes = changesTo(EXAMPLE_TREE, seen);
  for (const { kind, path } of changes) {
    const data = EXAMPLE_TREE[path] ?? '';
    if (kind === 'create') await source.put(path, data);
    if (kind === 'set') await source.set(path, data);
    if (kind === 'remove') await source.removeTree(path);
  }
  return changes;
}
