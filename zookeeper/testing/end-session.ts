import { once } from 'node:events';
import { connect } from 'node:net';
import { bytes } from './byte-builder.ts';

const CLOSE_SESSION = -11;

/**
 * Closes somebody's session, as whoever knows it can: takes it over and closes it in one packet, so
 * that its owner, who loses his connection by that, has no time to take it back.
 */
export async function endSession(
  address: string,
  { sessionId, password }: { readonly sessionId: bigint; readonly password: Uint8Array },
): Promise<void> {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  const takeOver = bytes().int(0).long(0n).int(10_000).long(sessionId).buffer(password).bool(false);
  const close = bytes().int(1).int(CLOSE_SESSION);
  socket.write(Buffer.concat([takeOver.frame(), close.frame()]));
  socket.resume();
  await closed;
}
