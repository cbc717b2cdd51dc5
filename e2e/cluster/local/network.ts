import { ClusterError } from '../cluster-error.ts';
import { mustRun, type RunCommand } from '../run-command.ts';
import { bridge, node, zooKeepers } from './node-layout.ts';

/** A route as `ip -json route` prints it. */
export interface Route {
  /** `default`, an address or `address/length`. */
  readonly dst: string;
  readonly dev?: string;
}

interface Link {
  readonly ifname: string;
  readonly ifalias?: string;
}

const BITS = 32;

function toRange(prefix: string): { first: number; last: number } {
  const [address = '', length = String(BITS)] = prefix.split('/');
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (BITS - Number(length));
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

/** Whether two IPv4 prefixes, each `address` or `address/length`, have an address in common. */
export function overlap(one: string, other: string): boolean {
  const a = toRange(one);
  const b = toRange(other);
  return a.first <= b.last && b.first <= a.last;
}

/** A route of somebody else's into our network; the default route leads everywhere and is none. */
export function findRouteConflict(routes: readonly Route[]): Route | null {
  const isForeign = ({ dst, dev }: Route): boolean =>
    dst !== 'default' && dst !== '0.0.0.0/0' && dev !== bridge.name && overlap(dst, bridge.subnet);
  return routes.find(isForeign) ?? null;
}

async function ip(run: RunCommand, ...args: string[]): Promise<string> {
  return mustRun(run, { program: 'ip', args });
}

async function listLinks(run: RunCommand): Promise<Link[]> {
  return JSON.parse(await ip(run, '-json', 'link', 'show')) as Link[];
}

/** Interfaces of this machine that carry our name; only those with our mark are ours. */
export async function findOwnInterfaces(run: RunCommand): Promise<string[]> {
  const ours: string[] = [bridge.name, bridge.nodeInterface];
  const links = await listLinks(run);
  return links
    .filter(({ ifname, ifalias }) => ours.includes(ifname) && ifalias === bridge.alias)
    .map(({ ifname }) => ifname);
}

/**
 * Makes sure that nobody else uses the addresses that the cluster is about to take.
 *
 * @throws ClusterError saying who does
 */
export async function checkNetworkIsFree(run: RunCommand): Promise<void> {
  const names: string[] = [bridge.name, bridge.nodeInterface];
  const taken = (await listLinks(run)).find(({ ifname }) => names.includes(ifname));
  if (taken !== undefined) {
    throw new ClusterError(
      `A network interface ${taken.ifname} exists that this cluster has not made; rename or remove it.`,
    );
  }
  const routes = JSON.parse(
    await ip(run, '-json', '-4', 'route', 'show', 'table', 'all'),
  ) as Route[];
  const conflict = findRouteConflict(routes);
  if (conflict === null) return;
  throw new ClusterError(
    `The cluster needs the network ${bridge.subnet}, but ${conflict.dst} is routed to ${conflict.dev ?? 'another target'}; ` +
      'remove that network (or, where Docker made it, use --provider kind).',
  );
}

/** Creates the bridge with the addresses of this machine's end and of both ZooKeeper servers. */
export async function createBridge(run: RunCommand): Promise<void> {
  const { name, alias, hostAddress, prefixLength } = bridge;
  const batch = [
    `link add name ${name} type bridge`,
    `link set dev ${name} alias "${alias}"`,
    `addr add ${hostAddress}/${prefixLength} dev ${name}`,
    `addr add ${zooKeepers.source.host}/32 dev ${name}`,
    `addr add ${zooKeepers.destination.host}/32 dev ${name}`,
    `link set dev ${name} up`,
  ];
  await mustRun(run, { program: 'ip', args: ['-batch', '-'], input: `${batch.join('\n')}\n` });
}

/** Lays the cable between the bridge and the node. The node's end goes when the node goes. */
export async function connectNode(run: RunCommand, nodePid: number): Promise<void> {
  const { name, alias, nodeInterface, prefixLength, hostAddress } = bridge;
  const outside = [
    `link add name ${nodeInterface} type veth peer name eth0 netns ${nodePid}`,
    `link set dev ${nodeInterface} alias "${alias}"`,
    `link set dev ${nodeInterface} master ${name} up`,
  ];
  const inside = [
    'link set dev lo up',
    `addr add ${node.address}/${prefixLength} dev eth0`,
    'link set dev eth0 up',
    `route add default via ${hostAddress}`,
  ];
  await mustRun(run, { program: 'ip', args: ['-batch', '-'], input: `${outside.join('\n')}\n` });
  await mustRun(run, {
    program: 'nsenter',
    args: ['--target', String(nodePid), '--net', '--', 'ip', '-batch', '-'],
    input: `${inside.join('\n')}\n`,
  });
}

/** Removes the interfaces that carry our mark, if there are any. */
export async function removeInterfaces(run: RunCommand): Promise<void> {
  for (const name of await findOwnInterfaces(run)) {
    const { exitCode, stderr } = await run({ program: 'ip', args: ['link', 'del', 'dev', name] });
    // Deleting one end of a pair, or the last process of a namespace, takes the other end along.
    if (exitCode !== 0 && !stderr.includes('Cannot find device')) {
      throw new ClusterError(`The interface ${name} could not be removed: ${stderr.trim()}`);
    }
  }
}
