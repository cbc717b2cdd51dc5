import { describe, expect, test } from '@jest/globals';
import { parseServer, SERVER_RULES } from './servers.ts';

describe('parseServer', () => {
  const valid = [
    { server: '172.18.0.4:30181', host: '172.18.0.4', port: 30181, chroot: '' },
    { server: 'zk-0.zk.default.svc:2181', host: 'zk-0.zk.default.svc', port: 2181, chroot: '' },
    { server: 'zk:65535/tenant/a', host: 'zk', port: 65535, chroot: '/tenant/a' },
    { server: '[2001:db8::1]:2181', host: '2001:db8::1', port: 2181, chroot: '' },
    { server: '[::ffff:10.0.0.1]:1/a', host: '::ffff:10.0.0.1', port: 1, chroot: '/a' },
    { server: 'zk:2181/', host: 'zk', port: 2181, chroot: '' },
  ];

  test.each(valid)('takes $server apart', ({ server, ...expected }) => {
    expect(parseServer(server)).toEqual(expected);
  });

  const invalid = ['', 'zk', 'zk:', ':2181', 'zk:0', 'zk:65536', 'zk:2181a', '::1:2181', '[]:2181'];

  test.each(invalid)('refuses %j', (server) => {
    expect(parseServer(server)).toBeNull();
  });

  test.each([
    { server: 'zk:2181,', must: 'must be one address, without a comma' },
    { server: 'zk:2181,zk-1:2181', must: 'must be one address, without a comma' },
    { server: '[::1%lo]:2181', must: 'must be an address without a zone (%)' },
    { server: 'fe80::1%eth0:2181', must: 'must be an address without a zone (%)' },
    { server: 'user:pw@zk:2181', must: 'must be host:port without a scheme, a user or spaces' },
  ])('says of $server that it $must', ({ server, must }) => {
    expect(parseServer(server)).toBeNull();
    expect(SERVER_RULES.find((rule) => rule.holds?.(server) === false)?.must).toBe(must);
  });

  test('takes commas and percent signs in a chroot, as ZooKeeper does', () => {
    expect(parseServer('zk:2181/a,b/50%')).toMatchObject({ chroot: '/a,b/50%' });
    expect(SERVER_RULES.every((rule) => rule.holds?.('zk:2181/a,b/50%'))).toBe(true);
  });
});
