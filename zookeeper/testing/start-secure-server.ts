import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCertificate } from '../../testing/certificates.ts';
import { eventually } from '../../testing/eventually.ts';
import { freePort } from '../../testing/free-port.ts';
import {
  startZooKeeperServer,
  type ZooKeeperServer,
  type ZooKeeperServerOptions,
} from './start-zookeeper-server.ts';

export interface ServerTls {
  certificate: TestCertificate;
  /** Authorities of clients, PEM. */
  trusted: string;
  /** Default `need`, as upstream's. */
  clientAuth?: 'need' | 'want' | 'none';
  /** Default: the Java runtime's newest. */
  protocol?: 'TLSv1.2' | 'TLSv1.3';
}

export interface SecureServerOptions extends ZooKeeperServerOptions {
  /** A port for TLS besides the plain one. */
  tls?: ServerTls;
  /** Users that SASL DIGEST-MD5 knows, with their passwords. */
  saslUsers?: Readonly<Record<string, string>>;
}

export interface SecureServer extends AsyncDisposable {
  readonly server: ZooKeeperServer;
  /** `host:port` that speaks plain. */
  readonly address: string;
  /** `host:port` that speaks TLS; the plain one where there is none. */
  readonly secureAddress: string;
  /** Ends the server and removes what was written for it. */
  stop(): Promise<void>;
}

const nettyFactory = 'org.apache.zookeeper.server.NettyServerCnxnFactory';
const saslProvider = 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider';
const x509Provider = 'org.apache.zookeeper.server.auth.X509AuthenticationProvider';
const digestLogin = 'org.apache.zookeeper.server.auth.DigestLoginModule';

const PORT_TIMEOUT_MS = 10_000;

interface Settings {
  extraConfig: Record<string, string | number>;
  jvmArgs: string[];
}

async function tlsSettings(dir: string, port: number, tls: ServerTls): Promise<Settings> {
  const { certificate, trusted, clientAuth = 'need', protocol } = tls;
  const [keyStore, trustStore] = [join(dir, 'server.pem'), join(dir, 'clients.pem')];
  await writeFile(keyStore, `${certificate.cert}${certificate.key}`);
  await writeFile(trustStore, trusted);
  const extraConfig = {
    serverCnxnFactory: nettyFactory,
    secureClientPort: port,
    secureClientPortAddress: '127.0.0.1',
    'ssl.keyStore.location': keyStore,
    'ssl.keyStore.type': 'PEM',
    'ssl.trustStore.location': trustStore,
    'ssl.trustStore.type': 'PEM',
    'ssl.clientAuth': clientAuth,
    'authProvider.x509': x509Provider,
    ...(protocol === undefined
      ? {}
      : { 'ssl.protocol': protocol, 'ssl.enabledProtocols': protocol }),
  };
  return { extraConfig, jvmArgs: [] };
}

async function saslSettings(
  dir: string,
  users: Readonly<Record<string, string>>,
): Promise<Settings> {
  const file = join(dir, 'jaas.conf');
  const entries = Object.entries(users).map(([user, password]) => `user_${user}="${password}"`);
  await writeFile(file, `Server {\n${digestLogin} required\n${entries.join('\n')};\n};\n`);
  return {
    extraConfig: { 'authProvider.sasl': saslProvider },
    // Releases from 3.9 on may refuse MD5 unless told that FIPS does not matter.
    jvmArgs: [`-Djava.security.auth.login.config=${file}`, '-Dzookeeper.fips-mode=false'],
  };
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** A server as {@link startZooKeeperServer} starts it, with TLS, SASL or both. */
export async function startSecureServer({
  tls,
  saslUsers,
  ...options
}: SecureServerOptions): Promise<SecureServer> {
  const dir = await mkdtemp(join(tmpdir(), 'zookeeper-secure-'));
  const securePort = await freePort();
  const settings = [
    ...(tls === undefined ? [] : [await tlsSettings(dir, securePort, tls)]),
    ...(saslUsers === undefined ? [] : [await saslSettings(dir, saslUsers)]),
  ];
  const server = await startZooKeeperServer({
    ...options,
    extraConfig: Object.fromEntries([
      ...settings.flatMap(({ extraConfig }) => Object.entries(extraConfig)),
      ...Object.entries(options.extraConfig ?? {}),
    ]),
    jvmArgs: [...settings.flatMap((s) => s.jvmArgs), ...(options.jvmArgs ?? [])],
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const { address } = server;
  if (tls === undefined) {
    return { server, address, secureAddress: address, stop, [Symbol.asyncDispose]: stop };
  }
  // It opens after the plain one.
  await eventually(async () => accepts(securePort), { timeoutMs: PORT_TIMEOUT_MS });
  const secureAddress = `127.0.0.1:${securePort}`;
  return { server, address, secureAddress, stop, [Symbol.asyncDispose]: stop };
}
