import type { AclEntry } from './acl-set.ts';

/**
 * Bytes of a digest by the names that `zookeeper.DigestAuthenticationProvider.digestAlg` takes. A
 * login is written down as its base64, from which nobody can make another algorithm's.
 */
const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [16, 'MD5'],
  [20, 'SHA1'],
  [28, 'SHA-224'],
  [32, 'SHA-256'],
  [48, 'SHA-384'],
  [64, 'SHA-512'],
]);

/**
 * By which algorithm the login of an entry is hashed, as far as its length tells.
 *
 * @returns null for other schemes, and for what nobody can log in as: it is the hash of nothing
 */
export function digestAlgorithm({ scheme, id }: AclEntry): string | null {
  if (scheme !== 'digest') return null;
  const hash = id.slice(id.lastIndexOf(':') + 1);
  const bytes = Buffer.from(hash, 'base64');
  return bytes.toString('base64') === hash ? (ALGORITHMS.get(bytes.length) ?? null) : null;
}
