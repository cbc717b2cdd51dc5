import type { Pattern, Rule } from './schema/builders.ts';
import { ZNODE_PATH_RULES } from './znode-path.ts';

/** One ZooKeeper server as it stands in `servers`. */
export interface ServerAddress {
  /** Name or address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Path the client is confined to, without a trailing slash; '' for none. */
  readonly chroot: string;
}

const PORT =
  '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const HOST = '([A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\\])';
const CHROOT = '(/|(/[^/]+)+)?';
const ADDRESS = new RegExp(`^${HOST}:${PORT}${CHROOT}$`, 'u');

/** Coarse shape of an address; the rules below say which part is wrong. */
export const SERVER_PATTERN: Pattern = {
  regex: '^.+:[0-9]{1,5}(/.*)?$',
  must: 'must be host:port',
  remedy: 'Write for example zookeeper-0.zookeeper:2181 or [2001:db8::1]:2181.',
  spokenByRules: true,
};

/** Rules for one address. */
export const SERVER_RULES: readonly Rule<string>[] = [
  {
    must: 'must be host:port without a scheme, a user or spaces',
    remedy: 'Write only host and port; user and password belong into the Secret.',
    holds: (server) => !/:\/\/|^[^/]*[@\s]/u.test(server),
    cel: "!self.matches('://|^[^/]*(@|[[:space:]])')",
  },
  {
    must: 'must be one address, without a comma',
    remedy: 'Write each address as an entry of its own.',
    holds: (server) => !/^[^/]*,/u.test(server),
    cel: "!self.matches('^[^/]*,')",
  },
  {
    must: 'must be an address without a zone (%)',
    remedy: 'A zone means something on one machine only: write an address that holds everywhere.',
    holds: (server) => !/^[^/]*%/u.test(server),
    cel: "!self.matches('^[^/]*%')",
  },
  {
    must: 'must name a port from 1 to 65535',
    remedy: 'Add it after a colon, for example zookeeper:2181.',
    holds: (server) => new RegExp(`:${PORT}(/|$)`).test(server),
    cel: `self.matches(':${PORT}(/|$)')`,
  },
  {
    must: 'must have a host name or an address before the port',
    remedy: 'An IPv6 address stands in brackets: [2001:db8::1]:2181.',
    holds: (server) => new RegExp(`^${HOST}(:[^:/]*)?(/|$)`).test(server),
    cel: `self.matches('^${HOST.replaceAll('\\', '\\\\')}(:[^:/]*)?(/|$)')`,
  },
  {
    must: 'must have a valid znode path as its chroot',
    remedy: 'Write for example zookeeper:2181/tenant-a: no "//", no "." or "..", no last slash.',
    holds: (server) => {
      const chroot = /:[0-9]+(\/.*)$/su.exec(server)?.[1];
      return chroot === undefined || ZNODE_PATH_RULES.every((rule) => rule.holds?.(chroot));
    },
    cel: "!self.matches(':[0-9]+/(/|.+/$|.*//|(.*/)?[.][.]?(/|$))')",
  },
  {
    must: SERVER_PATTERN.must,
    remedy: SERVER_PATTERN.remedy,
    holds: (server) => ADDRESS.test(server),
  },
];

/** Rules for the list: as in ZooKeeper's connect string, one chroot for all, after the last. */
export const SERVERS_RULES: readonly Rule<string[]>[] = [
  {
    must: 'must have a chroot only after the last address',
    remedy: 'One path holds for all servers: write it once, at the end of the last entry.',
    holds: (servers) => servers.slice(0, -1).every((server) => !server.includes('/')),
    // Not self.filter(…): up to 1.29 the API server has no idea of a filtered list's size.
    cel: "self.all(s, !s.contains('/') || s == self[self.size() - 1])",
  },
];

/**
 * Takes one address apart.
 *
 * @returns null if it is not an address that {@link SERVER_RULES} allow
 */
export function parseServer(server: string): ServerAddress | null {
  const match = ADDRESS.exec(server);
  if (!match) return null;
  const [, host = '', , port = '', chroot = ''] = match;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    chroot: chroot === '/' ? '' : chroot,
  };
}
