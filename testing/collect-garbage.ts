import { Session } from 'node:inspector/promises';

/** A full collection, now. Asked of the inspector: V8's flags stay as they are. */
export async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
  } finally {
    session.disconnect();
  }
}
