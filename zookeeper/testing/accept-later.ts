import { eventually } from '../../testing/eventually.ts';
import type { FakeClock } from './fake-clock.ts';
import type { FakePeer, FakeServer } from './fake-server.ts';

/** The next connection of a client that pauses before it: the time goes on until it comes. */
export async function acceptLater(server: FakeServer, clock: FakeClock): Promise<FakePeer> {
  let peer: FakePeer | undefined;
  const accepting = server.accept().then((accepted) => {
    peer = accepted;
  });
  accepting.catch(() => undefined);
  return eventually(
    () => {
      if (peer === undefined) clock.advance(10);
      return peer;
    },
    { timeoutMs: 60_000, intervalMs: 1 },
  );
}
