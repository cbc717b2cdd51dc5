import { digestAuth, type ConnectOptions } from '../../zookeeper/index.ts';
import type { Credentials, TlsCredentials } from './credentials.ts';

/** Who a client is, as options of `connect`. */
export type IdentityOptions = Pick<ConnectOptions, 'auth' | 'sasl'>;

/** A way to authenticate, as ZooKeeper names it in `enforce.auth.schemes`. */
export type AuthenticationScheme = 'sasl' | 'digest' | 'x509';

/** User and password as options of `connect`; none for no authentication. */
export function identityOptions(credentials: Credentials | undefined): IdentityOptions {
  if (credentials === undefined) return {};
  const { password, mechanism } = credentials;
  const user = credentials.user.toString('utf8');
  if (mechanism === 'Digest') return { auth: [digestAuth(user, password)] };
  return { sasl: { user, password, whenNotOffered: mechanism === 'Auto' ? 'digest' : 'fail' } };
}

/** What a client offers. With Auto the server chooses, so it had whatever it would have taken. */
export function offeredSchemes(
  credentials: Pick<Credentials, 'mechanism'> | undefined,
  tls: Pick<TlsCredentials, 'cert'> | undefined,
): readonly AuthenticationScheme[] {
  const byMechanism = { Auto: ['sasl', 'digest'], Sasl: ['sasl'], Digest: ['digest'] } as const;
  return [
    ...(credentials === undefined ? [] : byMechanism[credentials.mechanism]),
    ...(tls?.cert === undefined ? [] : (['x509'] as const)),
  ];
}
