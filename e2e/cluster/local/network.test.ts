import { describe, expect, test } from '@jest/globals';
import { createFakeCommandRunner } from '../testing/fake-command-runner.ts';
import {
  checkNetworkIsFree,
  findOwnInterfaces,
  findRouteConflict,
  overlap,
  removeInterfaces,
} from './network.ts';

describe('overlap', () => {
  test.each([
    { one: '172.18.0.0/24', other: '172.18.0.4', expected: true },
    { one: '172.18.0.0/24', other: '172.16.0.0/12', expected: true },
    { one: '172.18.0.0/24', other: '172.18.1.0/24', expected: false },
    { one: '172.18.0.0/24', other: '172.17.0.0/16', expected: false },
    { one: '10.0.0.0/8', other: '10.255.255.255', expected: true },
    { one: '192.0.2.2', other: '192.0.2.3', expected: false },
  ])('of $one and $other is $expected', ({ one, other, expected }) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });
});

describe('findRouteConflict', () => {
  test.each([
    { routes: [{ dst: 'default', dev: 'eth0' }], expected: null },
    { routes: [{ dst: '172.18.0.0/24', dev: 'resiliency0' }], expected: null },
    { routes: [{ dst: '172.17.0.0/16', dev: 'docker0' }], expected: null },
    {
      routes: [{ dst: '172.18.0.0/16', dev: 'br-1' }],
      expected: { dst: '172.18.0.0/16', dev: 'br-1' },
    },
    { routes: [{ dst: '172.18.0.4', dev: 'tun0' }], expected: { dst: '172.18.0.4', dev: 'tun0' } },
  ])('finds $expected in $routes', ({ routes, expected }) => {
    expect(findRouteConflict(routes)).toEqual(expected);
  });
});

describe('checkNetworkIsFree', () => {
  test('says who uses the addresses', async () => {
    const { run, answer } = createFakeCommandRunner();
    answer('ip -json link', { stdout: '[]' });
    answer('ip -json -4 route', { stdout: '[{"dst":"172.18.0.0/16","dev":"docker_gwbridge"}]' });

    await expect(checkNetworkIsFree(run)).rejects.toThrow(
      /172\.18\.0\.0\/16 is routed to docker_gwbridge/,
    );
  });

  test('refuses to touch an interface of the same name that it has not made', async () => {
    const { run, answer } = createFakeCommandRunner();
    answer('ip -json link', { stdout: '[{"ifname":"resiliency0"}]' });

    await expect(checkNetworkIsFree(run)).rejects.toThrow(/resiliency0 exists/);
  });
});

describe('interfaces', () => {
  const links = JSON.stringify([
    { ifname: 'eth0' },
    { ifname: 'resiliency0', ifalias: 'cluster of the resiliency operator' },
    { ifname: 'resiliency-node', ifalias: 'of somebody else' },
  ]);

  test('are ours when they carry both our name and our mark', async () => {
    const { run, answer } = createFakeCommandRunner();
    answer('ip -json link', { stdout: links });

    expect(await findOwnInterfaces(run)).toEqual(['resiliency0']);
  });

  test('that are ours are removed, and no others', async () => {
    const { run, answer, lines } = createFakeCommandRunner();
    answer('ip -json link', { stdout: links });

    await removeInterfaces(run);

    expect(lines.filter((line) => line.includes('del'))).toEqual(['ip link del dev resiliency0']);
  });

  test('that went away by themselves are no failure; others that stay are', async () => {
    const { run, answer } = createFakeCommandRunner();
    answer('ip -json link', { stdout: links });
    answer('ip link del', { exitCode: 1, stderr: 'Cannot find device "resiliency0"' });
    await expect(removeInterfaces(run)).resolves.toBeUndefined();

    answer('ip link del', { exitCode: 2, stderr: 'Operation not permitted' });
    await expect(removeInterfaces(run)).rejects.toThrow(/Operation not permitted/);
  });
});
