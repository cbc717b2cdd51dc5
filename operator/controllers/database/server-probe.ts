import type { ConnectionFailure } from '../../../assets/zookeeper/connection-failure.ts';

/** What a session that was opened tells about the credentials. */
export type CredentialCheck =
  | 'NotUsed'
  | 'VerifiedBySasl'
  | 'VerifiedBySaslWithoutRight'
  | 'Verified'
  | 'Unverifiable'
  | 'NoRightOnRoot';

interface ProbedServer {
  /** As it stands in the spec. */
  readonly address: string;
  readonly version?: string;
  readonly mode?: string;
  /** Milliseconds from connecting to the first answer. */
  readonly latencyMs?: number;
}

/** What the probe of one server found. */
export type ServerProbe =
  | (ProbedServer & { readonly reachable: true; readonly credentials: CredentialCheck })
  | (ProbedServer & {
      readonly reachable: false;
      readonly reason: ConnectionFailure;
      /** A sentence for a person. */
      readonly message: string;
    });
