import { expect, jest, test } from '@jest/globals';
import * as crypto from 'node:crypto';

/** Node keeps an algorithm that it has used once, so the real FIPS mode comes too late in a test. */
jest.unstable_mockModule('node:crypto', () => ({
  ...crypto,
  createHash: () => {
    throw new Error('error:0308010C:digital envelope routines::unsupported');
  },
}));

test('where FIPS mode forbids MD5, SASL says so', async () => {
  const { answerChallenge, parseChallenge } = await import('./sasl-digest-md5.ts');
  const challenge = parseChallenge(Buffer.from('nonce="a",algorithm=md5-sess'));
  const credentials = { user: 'a', password: 'b' };
  const context = { digestUri: 'zookeeper/zk-sasl-md5', clientNonce: 'c' };
  expect(() => answerChallenge(challenge, credentials, context)).toThrow(
    expect.objectContaining({ code: 'AuthFailed', message: expect.stringContaining('FIPS') }),
  );
});
