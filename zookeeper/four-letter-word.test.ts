import { describe, expect, test } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { fourLetterWord, parseSrvr } from './four-letter-word.ts';
import { FakeClock, startBlackHole, startFakeServer } from './testing/index.ts';

const answer = `Zookeeper version: 3.9.5-293c895a8d966a3ecb92872be4a1daf87d725da2, built on 2026-02-11 20:18 UTC
Latency min/avg/max: 0/0.5714/4
Received: 8
Sent: 7
Connections: 1
Outstanding: 0
Zxid: 0x100000003
Mode: follower
Node count: 5
`;

describe('srvr', () => {
  test('tells version, mode and load', () => {
    expect(parseSrvr(answer)).toEqual({
      version: '3.9.5',
      mode: 'follower',
      latencyMs: { min: 0, avg: 0.5714, max: 4 },
      connections: 1,
      outstanding: 0,
      zxid: '0x100000003',
      nodeCount: 5,
    });
  });

  test('leaves out what an unusual server does not say', () => {
    const text = 'ClickHouse Keeper version: v1\nZookeeper version: v25.3-testing\nMode: leader\n';
    expect(parseSrvr(text)).toMatchObject({ version: 'v25.3', mode: 'leader', latencyMs: null });
  });

  test.each([
    { text: 'This ZooKeeper instance is not currently serving requests\n', code: 'NotServing' },
    { text: 'srvr is not executed because it is not in the whitelist.\n', code: 'CommandRefused' },
    { text: 'HTTP/1.1 400 Bad Request\r\n\r\n', code: 'NotZooKeeper' },
    { text: '', code: 'NotZooKeeper' },
  ])('gives $code for $text', ({ text, code }) => {
    expect(() => parseSrvr(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('four-letter word', () => {
  test('sends the word alone and returns the text up to the end', async () => {
    const received: string[] = [];
    const server = createServer((socket) => {
      socket.once('data', (chunk: Buffer) => {
        received.push(chunk.toString());
        socket.write('one ');
        socket.end('two');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(fourLetterWord(`127.0.0.1:${port}`, 'ruok')).resolves.toBe('one two');
    expect(received).toEqual(['ruok']);
    server.close();
  });

  test('reports a server that closes without a word', async () => {
    await using server = await startFakeServer();
    const asking = fourLetterWord(server.address, 'srvr');
    const refused = expect(asking).rejects.toMatchObject({ code: 'ClosedByServer' });
    (await server.accept()).end();
    await refused;
  });

  test('reports a server that does not answer in time', async () => {
    await using server = await startFakeServer();
    const clock = new FakeClock();
    const asking = fourLetterWord(server.address, 'srvr', { clock, timeoutMs: 500 });
    const reason = { code: 'ConnectTimeout', timeoutStage: 'answer' };
    const refused = expect(asking).rejects.toMatchObject(reason);
    const peer = await server.accept();
    await peer.readBytes();
    clock.advance(500);
    await refused;
    await peer.closed();
  });

  test('tells an address at which packets are lost from a server that stays silent', async () => {
    const hole = await startBlackHole();
    const clock = new FakeClock();
    const asking = fourLetterWord(hole.address, 'srvr', { clock, timeoutMs: 500 });
    const reason = { code: 'ConnectTimeout', timeoutStage: 'connection' };
    const refused = expect(asking).rejects.toMatchObject(reason);
    clock.advance(500);
    await refused;
    await hole.close();
  });

  test('reports a refused connection', async () => {
    const server = await startFakeServer();
    await server.close();
    await expect(fourLetterWord(server.address, 'srvr')).rejects.toMatchObject({
      code: 'ConnectionRefused',
    });
  });

  test('reports a name that does not exist', async () => {
    // A label of more than 63 characters is refused without asking any name server.
    await expect(fourLetterWord(`${'a'.repeat(64)}.invalid:2181`, 'srvr')).rejects.toMatchObject({
      code: 'NameNotResolved',
    });
  });

  test('ends when the caller aborts', async () => {
    await using server = await startFakeServer();
    const controller = new AbortController();
    const asking = fourLetterWord(server.address, 'srvr', { signal: controller.signal });
    const refused = expect(asking).rejects.toMatchObject({ code: 'Aborted' });
    await server.accept();
    controller.abort();
    await refused;
  });

  test('takes one server only', async () => {
    await expect(fourLetterWord('a:1,b:2', 'srvr')).rejects.toMatchObject({
      code: 'InvalidAddress',
    });
  });
});
