import type { Authentication } from '../../api/options/synchronize-options.ts';
import { absoluteZnodePath } from '../../api/znode-path.ts';
import type { RequestLimit } from './request-limit.ts';
import type { Session } from './session.ts';

export type SideName = 'source' | 'destination';

/** How to reach one of the two clusters. */
export interface SideOptions {
  /** `host:port` each, without a chroot. */
  readonly servers: readonly string[];
  /** Path that all paths of this side are below; '' for none. */
  readonly chroot: string;
  /** Directory with the files `user`, `password`, `ca.crt`, `tls.crt` and `tls.key`; null for none. */
  readonly credentialsDir: string | null;
  /** How user and password are used; `None`: they are not read. */
  readonly authentication: Authentication;
  /** null for no TLS; `serverName` null: the host of each server. */
  readonly tls: { readonly serverName: string | null } | null;
  readonly sessionTimeoutMs: number;
  /** `jute.maxbuffer` of its servers, where somebody said it; else that is found. */
  readonly juteMaxBufferBytes?: number | null;
}

/** A side with a session on it. */
export interface Side {
  readonly name: SideName;
  readonly options: SideOptions;
  readonly session: Session;
  /** How large its requests may be. */
  readonly requestLimit: RequestLimit;
}

/** The path as the servers know it. */
export function absolutePath({ chroot }: SideOptions, path: string): string {
  return absoluteZnodePath(chroot, path);
}
