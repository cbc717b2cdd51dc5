import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { answerChallenge, isProof, parseChallenge } from './sasl-digest-md5.ts';

/** RFC 2831, section 4. */
const rfcChallenge =
  'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8';
const rfcContext = { digestUri: 'imap/elwood.innosoft.com', clientNonce: 'OA6MHXh6VqTrRk' };
const rfcCredentials = { user: 'chris', password: 'secret' };

const zooKeeperContext = { digestUri: 'zookeeper/zk-sasl-md5', clientNonce: 'bm9uY2U=' };

function challengeOf(text: string): ReturnType<typeof parseChallenge> {
  return parseChallenge(Buffer.from(text));
}

function md5(data: string | Buffer): Buffer {
  return createHash('md5').update(data).digest();
}

/** The formula of RFC 2831 spelt out once more, for credentials given as the bytes to be hashed. */
function responseFor(identity: Buffer, nonce: string): string {
  const { digestUri, clientNonce } = zooKeeperContext;
  const a1 = Buffer.concat([md5(identity), Buffer.from(`:${nonce}:${clientNonce}`)]);
  const a2 = md5(`AUTHENTICATE:${digestUri}`).toString('hex');
  const text = `${md5(a1).toString('hex')}:${nonce}:00000001:${clientNonce}:auth:${a2}`;
  return md5(text).toString('hex');
}

function responseIn(token: Buffer): string {
  return /response=([0-9a-f]{32})/.exec(token.toString('latin1'))?.[1] ?? 'none';
}

describe('the example of RFC 2831', () => {
  const answer = answerChallenge(challengeOf(rfcChallenge), rfcCredentials, rfcContext);

  test('gives the response of the RFC', () => {
    expect(answer.token.toString()).toBe(
      'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",' +
        'nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",' +
        'response=d388dad90d4bbd760a152321f2143af7,qop=auth',
    );
  });

  test('accepts the proof of the RFC, and no other', () => {
    const proof = (text: string): boolean => isProof(Buffer.from(text), answer.expectedProof);
    expect(proof('rspauth=ea40f60335c427b5527b84dbabcdfffd')).toBe(true);
    expect(proof('rspauth=ea40f60335c427b5527b84dbabcdfffe')).toBe(false);
    expect(proof('rspauth=ea40')).toBe(false);
    expect(proof('')).toBe(false);
  });
});

describe('a challenge', () => {
  test('of ZooKeeper names no qop, which means auth', () => {
    const text = 'realm="zk-sasl-md5",nonce="abc",charset=utf-8,algorithm=md5-sess';
    expect(challengeOf(text)).toEqual({ realm: 'zk-sasl-md5', nonce: 'abc', isUtf8: true });
  });

  test('may hold quotes, blanks, and things unheard of', () => {
    const text = ' realm="a\\"b,c\\\\" , nonce = "n=1" ,,maxbuf=65536, algorithm=md5-sess, x="y" ';
    expect(challengeOf(text)).toEqual({ realm: 'a"b,c\\', nonce: 'n=1', isUtf8: false });
  });

  test('without a realm is answered for the empty one', () => {
    expect(challengeOf('nonce="n",algorithm=md5-sess').realm).toBe('');
  });

  test.each([
    { name: 'no nonce', text: 'algorithm=md5-sess' },
    { name: 'two nonces', text: 'nonce="a",nonce="b",algorithm=md5-sess' },
    { name: 'another algorithm', text: 'nonce="a",algorithm=sha-256' },
    { name: 'no algorithm', text: 'nonce="a"' },
    { name: 'integrity protection only', text: 'nonce="a",algorithm=md5-sess,qop="auth-int"' },
    { name: 'an open quote', text: 'algorithm=md5-sess,nonce="a' },
    { name: 'no directives', text: '`\u0082\u0001\u0002 GSSAPI' },
    { name: 'too many bytes', text: `nonce="${'a'.repeat(2_048)}",algorithm=md5-sess` },
  ])('with $name is refused', ({ text }) => {
    expect(() => challengeOf(text)).toThrow(expect.objectContaining({ code: 'AuthFailed' }));
  });

  test('that never ends is refused without delay', () => {
    const text = `nonce="a",algorithm=md5-sess,x="${'\\'.repeat(1_900)}`;
    expect(() => challengeOf(text)).toThrow(expect.objectContaining({ code: 'AuthFailed' }));
  });
});

describe('an answer', () => {
  const utf8 = challengeOf('realm="zk-sasl-md5",nonce="abc",charset=utf-8,algorithm=md5-sess');
  const latin1 = challengeOf('realm="zk-sasl-md5",nonce="abc",algorithm=md5-sess');

  test('hashes in ISO 8859-1 what that can spell, and sends it in UTF-8', () => {
    const credentials = { user: 'jürgen', password: 'grüße' };
    const { token } = answerChallenge(utf8, credentials, zooKeeperContext);
    const identity = Buffer.from('jürgen:zk-sasl-md5:grüße', 'latin1');
    expect(token.toString('utf8')).toContain('username="jürgen"');
    expect(responseIn(token)).toBe(responseFor(identity, 'abc'));
  });

  test('hashes each value in UTF-8 that ISO 8859-1 cannot spell', () => {
    const credentials = { user: 'jürgen', password: '密码' };
    const { token } = answerChallenge(utf8, credentials, zooKeeperContext);
    const identity = Buffer.concat([
      Buffer.from('jürgen:zk-sasl-md5:', 'latin1'),
      Buffer.from('密码', 'utf8'),
    ]);
    expect(responseIn(token)).toBe(responseFor(identity, 'abc'));
  });

  test('is refused where the server cannot take the characters', () => {
    const credentials = { user: 'a', password: '密码' };
    expect(() => answerChallenge(latin1, credentials, zooKeeperContext)).toThrow(
      expect.objectContaining({ code: 'AuthFailed' }),
    );
  });

  test('takes a password in bytes for the text they spell, or as they are', () => {
    const respond = (password: string | Buffer): string =>
      responseIn(answerChallenge(utf8, { user: 'a', password }, zooKeeperContext).token);
    expect(respond(Buffer.from('grüße'))).toBe(respond('grüße'));
    const odd = Buffer.from([0xff, 0x00, 0x80]);
    const identity = Buffer.concat([Buffer.from('a:zk-sasl-md5:'), odd]);
    expect(respond(odd)).toBe(responseFor(identity, 'abc'));
  });

  test('escapes quotes and backslashes in the user', () => {
    const credentials = { user: 'a"b\\c', password: 'x' };
    const { token } = answerChallenge(utf8, credentials, zooKeeperContext);
    expect(token.toString()).toContain('username="a\\"b\\\\c"');
    expect(responseIn(token)).toBe(responseFor(Buffer.from('a"b\\c:zk-sasl-md5:x'), 'abc'));
  });
});
