import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';

/** What went down with this many connections is not tried again: it may be their death. */
const MAX_ATTEMPTS = 5;
/** A batch is halved after the second of them, and after each that follows. */
export const MAX_BATCH_ATTEMPTS = 12;

/** Reading changes nothing, so it is simply done again once there is a connection again. */
export async function retryRead<T>(
  side: Side,
  read: () => Promise<T>,
  maxAttempts = MAX_ATTEMPTS,
): Promise<T> {
  try {
    return await retryLost(read, maxAttempts);
  } catch (error) {
    throw sessionFailure(side, error);
  }
}

/**
 * Asks again what can be asked twice, once there is a connection again.
 *
 * @throws ZooKeeperError what the server answers
 */
export async function retryLost<T>(ask: () => Promise<T>, maxAttempts = MAX_ATTEMPTS): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const again = error instanceof ZooKeeperError && isWorthIt(error, maxAttempts);
      if (!again || attempt === maxAttempts) throw error;
    }
  }
}

/** A batch that was put together before it was known that less is taken is put together anew. */
function isWorthIt({ code }: ZooKeeperError, maxAttempts: number): boolean {
  const isBatch = maxAttempts === MAX_BATCH_ATTEMPTS;
  return code === 'ConnectionLoss' || (isBatch && code === 'PacketTooLarge');
}
