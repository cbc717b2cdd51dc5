import { ZooKeeperError, type ErrorCode } from '../../zookeeper/index.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';

/** How often something is asked again, and after which answers. */
export interface Patience {
  /** What went down with this many connections is not tried again: it may be their death. */
  readonly maxAttempts: number;
  readonly againAfter: ReadonlySet<ErrorCode>;
}

const ONE_QUESTION: Patience = {
  maxAttempts: 5,
  againAfter: new Set<ErrorCode>(['ConnectionLoss']),
};

/**
 * A batch is halved after the second loss, and after each that follows; and one that was put together
 * before it was known that less is taken is put together anew.
 */
export const BATCH: Patience = {
  maxAttempts: 12,
  againAfter: new Set<ErrorCode>(['ConnectionLoss', 'PacketTooLarge']),
};

/** Reading changes nothing, so it is simply done again once there is a connection again. */
export async function retryRead<T>(
  side: Side,
  read: () => Promise<T>,
  patience = ONE_QUESTION,
): Promise<T> {
  try {
    return await retryLost(read, patience);
  } catch (error) {
    throw sessionFailure(side, error);
  }
}

/**
 * Asks again what can be asked twice, once there is a connection again.
 *
 * @throws ZooKeeperError what the server answers
 */
export async function retryLost<T>(ask: () => Promise<T>, patience = ONE_QUESTION): Promise<T> {
  const { maxAttempts, againAfter } = patience;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const again = error instanceof ZooKeeperError && againAfter.has(error.code);
      if (!again || attempt === maxAttempts) throw error;
    }
  }
}
