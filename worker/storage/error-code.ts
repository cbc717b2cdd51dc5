import { ZooKeeperError, type ErrorCode } from '../../zookeeper/index.ts';

/** The code of a ZooKeeperError; null for any other error. */
export function codeOf(error: unknown): ErrorCode | null {
  return error instanceof ZooKeeperError ? error.code : null;
}
