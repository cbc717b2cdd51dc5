import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { digestAlgorithm } from './digest-algorithms.ts';

function entry(id: string, scheme = 'digest') {
  return { permissions: 31, scheme, id };
}

function hashed(algorithm: string): string {
  return `app:${createHash(algorithm).update('app:password').digest('base64')}`;
}

describe('the algorithm of a login', () => {
  test.each([
    ['md5', 'MD5'],
    ['sha1', 'SHA1'],
    ['sha224', 'SHA-224'],
    ['sha256', 'SHA-256'],
    ['sha384', 'SHA-384'],
    ['sha512', 'SHA-512'],
  ])('is told by the length of a %s hash', (algorithm, name) => {
    expect(digestAlgorithm(entry(hashed(algorithm)))).toBe(name);
  });

  test.each([
    ['a password in plain text', entry('app:password')],
    ['what a server shows instead of a hash', entry('app:x')],
    ['letters that are no base64', entry(`app:${'-'.repeat(27)}=`)],
    ['an entry of another scheme', entry(hashed('sha1'), 'sasl')],
    ['no hash at all', entry('app:')],
  ])('is not told by %s', (_what, each) => {
    expect(digestAlgorithm(each)).toBeNull();
  });

  test('is told of a user with a colon in its name', () => {
    expect(digestAlgorithm(entry(`a:${hashed('sha1')}`))).toBe('SHA1');
  });
});
