import type { Credentials, TlsCredentials } from './credentials.ts';
import type { AuthenticationScheme } from './probe-failure.ts';

const BY_MECHANISM = {
  // The server chooses: of user and password, it had whatever it would have taken.
  Auto: ['sasl', 'digest'],
  Sasl: ['sasl'],
  Digest: ['digest'],
} as const;

/** What a client offers a server that asks who it is; it has no certificate where there is no TLS. */
export function offeredSchemes(
  credentials: Credentials | undefined,
  tls: TlsCredentials | undefined,
): readonly AuthenticationScheme[] {
  return [
    ...(credentials === undefined ? [] : BY_MECHANISM[credentials.mechanism]),
    ...(tls?.cert === undefined ? [] : (['x509'] as const)),
  ];
}
