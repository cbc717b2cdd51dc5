import { ZooKeeperError } from '../errors.ts';

export interface ServerAddress {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ParsedServers {
  readonly servers: readonly ServerAddress[];
  /** Path that all paths of the client are relative to; empty when there is none. */
  readonly chroot: string;
}

const MAX_PORT = 65_535;

function invalid(item: string, reason: string): ZooKeeperError {
  return new ZooKeeperError('InvalidAddress', `server address "${item}": ${reason}`);
}

/** `host:port`, with IPv6 addresses in brackets. */
export function formatAddress({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseAddress(item: string): ServerAddress {
  const match = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:[\]\s/]+)):([^:/]*)$/.exec(item);
  if (match === null) throw invalid(item, explainMismatch(item));
  const [, ipv6, name, portText = ''] = match;
  if (ipv6?.includes(':') === false) {
    throw invalid(item, 'brackets are for IPv6 addresses');
  }
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port < 1 || port > MAX_PORT) {
    throw invalid(item, `port "${portText}" is not a number from 1 to ${MAX_PORT}`);
  }
  return { host: ipv6 ?? name ?? '', port };
}

function explainMismatch(item: string): string {
  if (item === '') return 'empty';
  if (/\s/.test(item)) return 'contains white space';
  if (item.includes('/')) return 'only the last server may carry a chroot';
  if (item.startsWith(':')) return 'no host before the port';
  if (!item.includes(':') || item.endsWith(']')) return 'no port, expected host:port';
  return 'expected host:port, an IPv6 address in brackets';
}

function checkedChroot(item: string, chroot: string): string {
  if (chroot === '' || chroot === '/') return '';
  if (chroot.endsWith('/') || chroot.includes('//')) {
    throw invalid(item, `chroot "${chroot}" has an empty segment`);
  }
  return chroot;
}

/**
 * Parses a list of servers as it stands in a connect string: `host:port`, IPv6 in brackets, and
 * optionally a chroot behind the last: `['a:2181', '[::1]:2182/path']`. Items may themselves be
 * comma-separated lists.
 *
 * @throws InvalidAddress that names the item and what is wrong with it
 */
export function parseServers(servers: readonly string[] | string): ParsedServers {
  const items = [servers].flat().flatMap((entry) => entry.split(','));
  const last = items.at(-1)?.trim();
  if (last === undefined) throw new ZooKeeperError('InvalidAddress', 'no server addresses');
  const slash = last.indexOf('/');
  const chroot = slash === -1 ? '' : checkedChroot(last, last.slice(slash));
  const addresses = items.map((item, index) => {
    const isLast = index === items.length - 1;
    return parseAddress(isLast && slash !== -1 ? last.slice(0, slash) : item.trim());
  });
  return { servers: addresses, chroot };
}
