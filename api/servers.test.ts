import { describe, expect, test } from '@jest/globals';
import { parseServer } from './servers.ts';

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
});
