import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from '../client.ts';
import { fourLetterWord } from '../four-letter-word.ts';
import type { ZooKeeperError } from '../errors.ts';
import type { TlsSource } from '../link/tls-options.ts';
import { FakeClock, startFakeServer, type FakePeer, type FakeServer } from '../testing/index.ts';

const CLIENT_HELLO = 0x16;

let clock: FakeClock;
let server: FakeServer;

beforeEach(async () => {
  clock = new FakeClock();
  server = await startFakeServer();
});

afterEach(async () => {
  await server.close();
});

/** The error of an attempt to connect, once the server's end has done its part. */
async function failureAgainst(
  play: (peer: FakePeer) => void | Promise<void>,
  tls: TlsSource = {},
): Promise<ZooKeeperError> {
  const servers = [server.address];
  const opening = connect({ servers, clock, tls, connectTimeoutMs: 50 }).then(
    () => Promise.reject(new Error('connected')),
    (error: unknown) => error as ZooKeeperError,
  );
  const peer = await server.accept();
  await peer.readBytes();
  await play(peer);
  await peer.closed();
  clock.advance(100);
  return opening;
}

describe('a server that does not answer in TLS', () => {
  test('is recognized at once by what it says', async () => {
    const error = await failureAgainst((peer) => {
      peer.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    expect(error).toMatchObject({ code: 'TlsFailed', tlsReason: 'notTls', isRetryable: false });
  });

  test('and just closes leaves a hint at the port', async () => {
    const error = await failureAgainst((peer) => {
      peer.end();
    });
    expect(error).toMatchObject({ code: 'ClosedByServer', isRetryable: true });
    expect(error.message).toContain('is it the port without TLS?');
  });

  test('and stays silent is told from one that cannot be reached', async () => {
    const error = await failureAgainst(() => {
      clock.advance(50);
    });
    expect(error).toMatchObject({ code: 'ConnectTimeout', timeoutStage: 'tlsHandshake' });
    expect(error.message).toContain('connected, but no TLS handshake within 50 ms');
  });

  test('is not told the name it was reached under when that is an address', async () => {
    const hello = connect({ servers: [server.address], clock, tls: {}, connectTimeoutMs: 50 });
    const ended = expect(hello).rejects.toMatchObject({ code: 'ConnectTimeout' });
    const peer = await server.accept();
    const bytes = await peer.readBytes();
    expect(bytes[0]).toBe(CLIENT_HELLO);
    expect(bytes.includes('127.0.0.1')).toBe(false);
    clock.advance(50);
    await ended;
  });
});

describe('TLS options', () => {
  const noCertificate = 'not PEM';

  test.each([
    { name: 'authorities', tls: { ca: noCertificate }, message: 'ca holds no certificate' },
    { name: 'a certificate', tls: { cert: noCertificate, key: 'k' }, message: 'cert holds no' },
    { name: 'a certificate alone', tls: { cert: noCertificate }, message: 'cert is given without' },
    { name: 'a key alone', tls: { key: 'k' }, message: 'key is given without cert' },
    { name: 'an empty name', tls: { serverName: '' }, message: 'serverName is empty' },
    {
      name: 'a broken block',
      tls: { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      message: 'certificate 1 of ca cannot be read',
    },
  ])('with $name that cannot be used are refused before connecting', async ({ tls, message }) => {
    const reason = {
      code: 'TlsFailed',
      tlsReason: 'unusableCredentials',
      message: expect.stringContaining(message),
    };
    await expect(connect({ servers: [server.address], tls })).rejects.toMatchObject(reason);
    await expect(fourLetterWord(server.address, 'srvr', { tls })).rejects.toMatchObject(reason);
  });

  test.each([
    {
      name: 'throws',
      tls: () => Promise.reject(new Error('no such file')),
      message: 'no such file',
    },
    { name: 'returns nonsense', tls: () => ({ ca: noCertificate }), message: 'ca holds no' },
  ])('from a function that $name fail the connection', async ({ tls, message }) => {
    await expect(connect({ servers: [server.address], tls })).rejects.toMatchObject({
      code: 'TlsFailed',
      tlsReason: 'unusableCredentials',
      message: expect.stringContaining(message),
    });
  });

  test('from a function that never returns end with the deadline', async () => {
    const tls = (): Promise<never> => new Promise(() => undefined);
    const opening = connect({ servers: [server.address], clock, tls, connectTimeoutMs: 50 });
    const failed = expect(opening).rejects.toMatchObject({ code: 'ConnectTimeout' });
    await Promise.resolve();
    clock.advance(50);
    await failed;
  });
});
