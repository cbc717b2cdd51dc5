import { describe, expect, test } from '@jest/globals';
import { formatAddress, parseServers } from './server-address.ts';

describe('server addresses', () => {
  test.each([
    { servers: ['a:2181'], expected: ['a:2181'], chroot: '' },
    { servers: ['a:1', 'b.c:65535'], expected: ['a:1', 'b.c:65535'], chroot: '' },
    { servers: 'a:1, b:2/x/y', expected: ['a:1', 'b:2'], chroot: '/x/y' },
    {
      servers: ['[::1]:2181', '[fe80::1%eth0]:2181/x'],
      expected: ['[::1]:2181', '[fe80::1%eth0]:2181'],
      chroot: '/x',
    },
    { servers: ['a:1/'], expected: ['a:1'], chroot: '' },
  ])('$servers are understood', ({ servers, expected, chroot }) => {
    const parsed = parseServers(servers);
    expect(parsed.servers.map(formatAddress)).toEqual(expected);
    expect(parsed.chroot).toBe(chroot);
  });

  test.each([
    { servers: [], reason: 'no server addresses' },
    { servers: [''], reason: '"": empty' },
    { servers: ['a:1,,b:2'], reason: '"": empty' },
    { servers: ['a'], reason: '"a": no port' },
    { servers: ['[::1]'], reason: '"[::1]": no port' },
    { servers: [':2181'], reason: 'no host' },
    { servers: ['a:'], reason: 'port "" is not a number from 1 to 65535' },
    { servers: ['a:0'], reason: 'port "0"' },
    { servers: ['a:65536'], reason: 'port "65536"' },
    { servers: ['a:http'], reason: 'port "http"' },
    { servers: ['a:1 b:2'], reason: 'white space' },
    { servers: ['::1:2181'], reason: 'no host before the port' },
    { servers: ['fe80::1:2181'], reason: 'IPv6 address in brackets' },
    { servers: ['[abc]:1'], reason: 'brackets are for IPv6' },
    { servers: ['a:1/x', 'b:2'], reason: 'only the last server may carry a chroot' },
    { servers: ['a:1/x/'], reason: 'empty segment' },
    { servers: ['a:1//x'], reason: 'empty segment' },
  ])('$servers is refused: $reason', ({ servers, reason }) => {
    const parse = (): unknown => parseServers(servers);
    expect(parse).toThrow(expect.objectContaining({ code: 'InvalidAddress' }));
    expect(parse).toThrow(reason);
  });
});
