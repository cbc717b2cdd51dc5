import { createHash } from 'node:crypto';

/** Bits of {@link Acl.permissions}. */
export const permissions = {
  read: 1,
  write: 2,
  create: 4,
  delete: 8,
  admin: 16,
  all: 31,
} as const;

/** One entry of an access control list: who may do what. */
export interface Acl {
  /** Sum of {@link permissions}. */
  readonly permissions: number;
  /** For example `world`, `auth`, `digest`, `ip`, `sasl`, `x509`. */
  readonly scheme: string;
  readonly id: string;
}

/** An identity that a session presents; several add up. */
export interface AuthInfo {
  readonly scheme: string;
  /** For `digest`: the bytes of `user:password`. */
  readonly credential: Buffer;
}

/** Everybody may do everything. */
export const openAcl: readonly Acl[] = [
  { permissions: permissions.all, scheme: 'world', id: 'anyone' },
];

/** Whoever is authenticated on the creating session may do everything. */
export const creatorAllAcl: readonly Acl[] = [
  { permissions: permissions.all, scheme: 'auth', id: '' },
];

/**
 * The id under which the server knows `user:password` in the scheme `digest`, with the server's
 * default algorithm (SHA-1; `DigestAuthenticationProvider` lets an administrator choose another).
 */
export function digestAclId(user: string, password: string | Buffer): string {
  const hash = createHash('sha1').update(`${user}:`).update(password).digest('base64');
  return `${user}:${hash}`;
}

/** The credential that gives a session the identity of {@link digestAclId}. */
export function digestAuth(user: string, password: string | Buffer): AuthInfo {
  return {
    scheme: 'digest',
    credential: Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]),
  };
}
