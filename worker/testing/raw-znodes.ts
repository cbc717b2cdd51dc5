import { createConnection } from 'node:net';
import { bytes } from '../../zookeeper/testing/index.ts';

const CREATE = 1;
const ALL_RIGHTS = 31;

/**
 * Creates znodes whose names are bytes that no client of ours would send: for servers that take them.
 * Rejects if a server refuses one.
 */
export async function createRaw(
  { host, port }: { readonly host: string; readonly port: number },
  paths: readonly Uint8Array[],
): Promise<void> {
  const socket = createConnection({ host, port });
  const frames = framesOf(socket);
  try {
    const connect = bytes().int(0).long(0n).int(10_000).long(0n).buffer(Buffer.alloc(16));
    socket.write(connect.frame());
    await frames.next();
    for (const [index, path] of paths.entries()) {
      const acl = bytes().int(1).int(ALL_RIGHTS).buffer(Buffer.from('world'));
      const request = bytes()
        .int(index + 1)
        .int(CREATE)
        .buffer(Buffer.from(path));
      const data = request.buffer(Buffer.alloc(0));
      socket.write(data.raw(acl.buffer(Buffer.from('anyone')).int(0).build()).frame());
      const { value } = await frames.next();
      const error = value?.readInt32BE(12) ?? -1;
      if (error !== 0) throw new Error(`the server refused ${String(path)}: ${error}`);
    }
  } finally {
    socket.destroy();
  }
}

async function* framesOf(socket: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      const end = 4 + received.readInt32BE(0);
      yield received.subarray(4, end);
      received = received.subarray(end);
    }
  }
  return undefined;
}
