import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connect } from '../client.ts';
import { bytes, startFakeServer, statRecord, type FakeServer } from '../testing/index.ts';

let server: FakeServer;

beforeEach(async () => {
  server = await startFakeServer();
});

afterEach(async () => {
  await server.close();
});

/** xid -1, zxid, error 0, type, state 3, path */
function notification(type: number, path: string): Buffer {
  return bytes().int(-1).long(-1n).int(0).int(type).int(3).string(path).frame();
}

test('an event reaches its consumer before the data it is about, even in one packet', async () => {
  const opening = connect({ servers: [server.address] });
  const peer = await server.accept();
  await peer.accept({ sessionId: 7n, timeoutMs: 30_000 });
  const client = await opening;
  const watching = client.watch('/a');
  peer.reply({ xid: (await peer.readRequest()).xid, zxid: 1n, body: bytes().int(0).build() });
  const watch = await watching;
  const reading = client.getDataAndWatch('/b');
  const body = bytes().string('old').raw(statRecord()).build();
  peer.reply({ xid: (await peer.readRequest()).xid, zxid: 1n, body });
  const { watch: once } = await reading;
  const order: string[] = [];
  const note = (what: string) => (): void => void order.push(what);
  const seen = [
    client.getData('/a').then(note('data of /a')),
    watch.next().then(note('event of /a')),
    client.getData('/b').then(note('data of /b')),
    once.fired.then(note('event of /b')),
  ];
  const replies = [];
  for (let count = 0; count < 2; count++) {
    const { xid } = await peer.readRequest();
    const reply = bytes().int(xid).long(2n).int(0);
    replies.push(reply.string('new').raw(statRecord()).frame());
  }
  const [first, second] = replies;
  peer.write(Buffer.concat([notification(3, '/a'), first!, notification(3, '/b'), second!]));
  await Promise.all(seen);
  expect(order).toEqual(['event of /a', 'data of /a', 'event of /b', 'data of /b']);
  await client.detach();
});
