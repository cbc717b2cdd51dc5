import type { Session } from './session.ts';

export type SideName = 'source' | 'destination';

/** How to reach one of the two clusters. */
export interface SideOptions {
  /** `host:port` each, without a chroot. */
  readonly servers: readonly string[];
  /** Path that all paths of this side are below; '' for none. */
  readonly chroot: string;
  /** Directory with the files `user` and `password`; null for no authentication. */
  readonly credentialsDir: string | null;
  readonly sessionTimeoutMs: number;
}

/** A side with a session on it. */
export interface Side {
  readonly name: SideName;
  readonly options: SideOptions;
  readonly session: Session;
}

/** The path as the servers know it. */
export function absolutePath({ chroot }: SideOptions, path: string): string {
  if (chroot === '') return path;
  return path === '/' ? chroot : chroot + path;
}
