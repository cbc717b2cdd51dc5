import { describe, expect, test } from '@jest/globals';
import { loadNativeDriver } from './native-driver.ts';
import type { NativeClientClass } from './native-client.ts';

describe('the native driver', () => {
  test('says what to do where it is not installed, and is a mistake of the command line', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package 'zookeeper'\nmore of it"));
    await expect(loadNativeDriver(missing)).rejects.toMatchObject({
      outcome: 'BadArguments',
      message:
        '--driver: found "native", but the npm package zookeeper cannot be loaded ' +
        "(Cannot find package 'zookeeper'): install it where there is a C++ compiler, make and " +
        'python3 (npm install zookeeper), or leave --driver out.',
    });
  });

  test('refuses a password that is no text before it connects', async () => {
    const driver = await loadNativeDriver(() =>
      Promise.resolve(null as unknown as NativeClientClass),
    );
    const opened = driver.open({
      servers: ['127.0.0.1:1'],
      sessionTimeoutMs: 1_000,
      auth: [{ scheme: 'digest', credential: Buffer.from([0x61, 0x3a, 0xff]) }],
    });
    await expect(opened).rejects.toMatchObject({ outcome: 'BadArguments' });
  });

  test.each([
    { name: 'TLS', security: { tls: {} } },
    { name: 'SASL', security: { sasl: { user: 'a', password: 'b' } } },
  ])('refuses $name, which it does not do, before it connects', async ({ name, security }) => {
    const driver = await loadNativeDriver(() =>
      Promise.resolve(null as unknown as NativeClientClass),
    );
    const opened = driver.open({
      servers: ['127.0.0.1:1'],
      sessionTimeoutMs: 1_000,
      ...security,
    });
    await expect(opened).rejects.toMatchObject({
      outcome: 'BadArguments',
      message: `The native driver does no ${name}: leave --driver out.`,
    });
  });
});
