import type { ReasonOf } from '../../../api/reasons.ts';

/** Why a server cannot be used, in a word of the table. */
export type ProbeFailure = Extract<
  ReasonOf<'Database'>,
  | 'ConnectionRefused'
  | 'ConnectTimeout'
  | 'HostUnreachable'
  | 'NameNotResolved'
  | 'ConnectionClosed'
  | 'NotZooKeeper'
  | 'NotServing'
  | 'TLSFailed'
  | 'AuthenticationRequired'
  | 'AuthenticationFailed'
  | 'Unreachable'
>;

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
      readonly reason: ProbeFailure;
      /** A sentence for a person. */
      readonly message: string;
    });
