import { createHash, timingSafeEqual } from 'node:crypto';
import { ZooKeeperError } from '../errors.ts';

/** What the server opens DIGEST-MD5 with (RFC 2831, 2.1.1), as far as ZooKeeper uses it. */
export interface DigestMd5Challenge {
  readonly realm: string;
  readonly nonce: string;
  /** `charset=utf-8`: names travel in UTF-8 instead of ISO 8859-1. */
  readonly isUtf8: boolean;
}

export interface DigestMd5Credentials {
  readonly user: string;
  /** Bytes that are UTF-8 count as the text they spell; others are hashed as they are. */
  readonly password: string | Buffer;
}

export interface DigestMd5Context {
  /** `service/host`. Java's servers check both, so they are not the client's to choose. */
  readonly digestUri: string;
  /** At least 64 bits that nobody can guess; without quotes and backslashes. */
  readonly clientNonce: string;
}

export interface DigestMd5Answer {
  /** For the server. */
  readonly token: Buffer;
  /** `rspauth` as only a server can compute it that knows the password. */
  readonly expectedProof: string;
}

/** RFC 2831, 2.1.1: a longer challenge is to be refused. */
const MAX_CHALLENGE_BYTES = 2_048;

const nonceCount = '00000001';
const qualityOfProtection = 'auth';

/** One `name=value` or `name="value"` with what separates it from the next. */
const directivePattern =
  /[\s,]*([^\s,="]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|([^\s,"]*))[ \t]*(?=,|$)/y;

function unusable(reason: string, cause?: unknown): ZooKeeperError {
  return new ZooKeeperError('AuthFailed', `SASL DIGEST-MD5: ${reason}`, { cause });
}

/** @returns values by lower-case name, in ISO 8859-1, each byte one character */
function parseDirectives(token: Buffer): Map<string, string[]> {
  const text = token.toString('latin1');
  const directives = new Map<string, string[]>();
  directivePattern.lastIndex = 0;
  let end = 0;
  for (;;) {
    const match = directivePattern.exec(text);
    if (match === null) break;
    const [, name = '', quoted, plain = ''] = match;
    const value = quoted === undefined ? plain : quoted.replaceAll(/\\([^])/g, '$1');
    const key = name.toLowerCase();
    directives.set(key, [...(directives.get(key) ?? []), value]);
    end = directivePattern.lastIndex;
  }
  if (!/^[\s,]*$/.test(text.slice(end))) throw unusable('the server sent what cannot be read');
  return directives;
}

/**
 * Reads the server's first token.
 *
 * @throws AuthFailed when it is none of DIGEST-MD5, or asks for what this client does not do
 */
export function parseChallenge(token: Buffer): DigestMd5Challenge {
  if (token.length > MAX_CHALLENGE_BYTES) {
    throw unusable(`the server's challenge has ${token.length} bytes`);
  }
  const directives = parseDirectives(token);
  checkAlgorithm(directives);
  const nonce = theNonce(directives);
  const isUtf8 = directives.get('charset')?.[0]?.toLowerCase() === 'utf-8';
  const realm = directives.get('realm')?.[0] ?? '';
  return { nonce, isUtf8, realm: isUtf8 ? Buffer.from(realm, 'latin1').toString('utf8') : realm };
}

function theNonce(directives: ReadonlyMap<string, readonly string[]>): string {
  const nonces = directives.get('nonce') ?? [];
  const [nonce] = nonces;
  if (nonce !== undefined && nonces.length === 1 && /^[ -~]+$/.test(nonce)) return nonce;
  throw unusable('the challenge of the server holds no nonce that could be answered');
}

function checkAlgorithm(directives: ReadonlyMap<string, readonly string[]>): void {
  const [algorithm = ''] = directives.get('algorithm') ?? [];
  const qualities = (directives.get('qop') ?? [qualityOfProtection]).join(',').split(/[\s,]+/);
  if (algorithm.toLowerCase() !== 'md5-sess') {
    throw unusable(`the server asks for the algorithm "${algorithm}", not for md5-sess`);
  }
  if (!qualities.includes(qualityOfProtection)) {
    throw unusable(`the server asks for qop "${qualities.join(',')}", not for auth`);
  }
}

/** RFC 2831, 2.1.2.1: hashed in ISO 8859-1 wherever that can spell it, even if sent in UTF-8. */
function hashedForm(value: string, isUtf8: boolean): Buffer {
  const isLatin1 = [...value].every((character) => (character.codePointAt(0) ?? 0) <= 0xff);
  if (isLatin1) return Buffer.from(value, 'latin1');
  if (isUtf8) return Buffer.from(value, 'utf8');
  throw unusable('the server takes user and password in ISO 8859-1 only');
}

function passwordBytes(password: string | Buffer, isUtf8: boolean): Buffer {
  if (typeof password === 'string') return hashedForm(password, isUtf8);
  const text = password.toString('utf8');
  return Buffer.from(text, 'utf8').equals(password) ? hashedForm(text, isUtf8) : password;
}

/** OpenSSL in FIPS mode knows no MD5: nothing that a server or another password could mend. */
function md5(...parts: readonly (string | Buffer)[]): Buffer {
  try {
    const hash = createHash('md5');
    for (const part of parts) hash.update(part);
    return hash.digest();
  } catch (error) {
    throw unusable('needs MD5, which OpenSSL refuses to this process (FIPS mode?)', error);
  }
}

function hex(digest: Buffer): string {
  return digest.toString('hex');
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

/**
 * Answers a challenge (RFC 2831, 2.1.2.1, with `qop=auth` and `algorithm=md5-sess`).
 *
 * @throws AuthFailed when the credentials cannot be spelt for this server, or there is no MD5
 */
export function answerChallenge(
  challenge: DigestMd5Challenge,
  { user, password }: DigestMd5Credentials,
  { digestUri, clientNonce }: DigestMd5Context,
): DigestMd5Answer {
  const { realm, nonce, isUtf8 } = challenge;
  const secret = md5(
    hashedForm(user, isUtf8),
    ':',
    hashedForm(realm, isUtf8),
    ':',
    passwordBytes(password, isUtf8),
  );
  const a1 = hex(md5(secret, `:${nonce}:${clientNonce}`));
  const digestFor = (method: string): string => {
    const a2 = hex(md5(`${method}:${digestUri}`));
    const parts = [a1, nonce, nonceCount, clientNonce, qualityOfProtection, a2];
    return hex(md5(Buffer.from(parts.join(':'), 'latin1')));
  };
  const directives = [
    ...(isUtf8 ? ['charset=utf-8'] : []),
    `username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `nc=${nonceCount}`,
    `cnonce=${quoted(clientNonce)}`,
    `digest-uri=${quoted(digestUri)}`,
    `response=${digestFor('AUTHENTICATE')}`,
    `qop=${qualityOfProtection}`,
  ];
  return {
    token: Buffer.from(directives.join(','), isUtf8 ? 'utf8' : 'latin1'),
    expectedProof: digestFor(''),
  };
}

/** Whether the server's last token proves that it knows the password too (RFC 2831, 2.1.3). */
export function isProof(token: Buffer, expectedProof: string): boolean {
  const [given = ''] = parseDirectives(token).get('rspauth') ?? [];
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(expectedProof, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}
