import { createHash } from 'node:crypto';

const realm = 'zk-sasl-md5';
const nonce = 'MTIzNDU2';

/** What a server that does SASL DIGEST-MD5 answers the empty token of a client with. */
export const saslChallenge = `realm="${realm}",nonce="${nonce}",charset=utf-8,algorithm=md5-sess`;

/** What a server that knows the password answers the client's next token with (RFC 2831, 2.1.3). */
export function saslProof(token: string, password: string): string {
  const value = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(token)?.[1] ?? '';
  const clientNonce = value('cnonce');
  const secret = md5(`${value('username')}:${realm}:${password}`);
  const a1 = md5(Buffer.concat([secret, Buffer.from(`:${nonce}:${clientNonce}`)]));
  const a2 = md5(`:${value('digest-uri')}`).toString('hex');
  const text = `${a1.toString('hex')}:${nonce}:00000001:${clientNonce}:auth:${a2}`;
  return `rspauth=${md5(text).toString('hex')}`;
}

function md5(data: string | Buffer): Buffer {
  return createHash('md5').update(data).digest();
}
