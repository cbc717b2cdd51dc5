import type { ZooKeeperError } from '../errors.ts';

/** `disconnected`: the session may live on; requests wait for the next connection. */
export type SessionState = 'connecting' | 'connected' | 'disconnected' | 'ended';

export interface SessionEnd {
  /** `detached`: the connection was dropped and the session left alive on the server. */
  readonly reason: 'closed' | 'detached' | 'expired' | 'authenticationFailed' | 'notConnected';
  readonly error: ZooKeeperError;
}
