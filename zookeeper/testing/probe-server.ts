import { connect } from 'node:net';

/**
 * Sends a four-letter word on a plain socket, independently of the client under test.
 *
 * @returns everything that the server answered; rejects on a socket error or after `timeoutMs`
 */
export async function probeServer(
  { host, port }: { host: string; port: number },
  { word = 'srvr', timeoutMs = 2_000 }: { word?: string; timeoutMs?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const chunks: Buffer[] = [];
    const deadline = setTimeout(() => {
      socket.destroy(new Error(`${host}:${port} did not answer ${word} within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once('connect', () => socket.write(word));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(deadline);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}
