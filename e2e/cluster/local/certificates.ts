import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, type RunCommand } from '../run-command.ts';
import { kubeconfigUsers, node } from './node-layout.ts';

interface CertificateRequest {
  /** The files are called `<name>.crt` and `<name>.key`. */
  readonly name: string;
  readonly commonName: string;
  readonly organization?: string;
  /** For example `IP:10.0.0.1` or `DNS:kubernetes`. */
  readonly alternativeNames?: readonly string[];
}

const VALID_DAYS = '3650';

/** Without a file of our own, the machine's OpenSSL defaults would make every certificate a CA. */
const OPENSSL_CONFIG = '[req]\ndistinguished_name = name\n[name]\n';

const apiServerNames = [
  'DNS:localhost',
  'DNS:kubernetes',
  'DNS:kubernetes.default',
  'DNS:kubernetes.default.svc',
  `DNS:kubernetes.default.svc.${node.clusterDomain}`,
  `IP:${node.apiServiceAddress}`,
  `IP:${node.address}`,
  'IP:127.0.0.1',
];

function certificateRequests(): CertificateRequest[] {
  const clients = Object.entries(kubeconfigUsers).map(([name, user]) => ({
    name,
    ...user,
    // The kubelet serves logs and exec under the same name.
    ...(name === 'kubelet'
      ? { alternativeNames: [`DNS:${node.name}`, `IP:${node.address}`] }
      : undefined),
  }));
  return [
    ...clients,
    { name: 'apiserver', commonName: 'kube-apiserver', alternativeNames: apiServerNames },
    // Signs the tokens of service accounts; the API server reads the public key from the certificate.
    { name: 'service-account', commonName: 'service-accounts' },
    {
      name: 'apiserver-kubelet-client',
      commonName: 'kube-apiserver-kubelet-client',
      organization: 'system:masters',
    },
  ];
}

function subjectOf({ commonName, organization }: CertificateRequest): string {
  return organization === undefined ? `/CN=${commonName}` : `/O=${organization}/CN=${commonName}`;
}

/** What all certificates have in common: an EC key, because an RSA key takes a second to make. */
function baseArguments(dir: string, name: string, subject: string): string[] {
  return [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-config', join(dir, 'openssl.cnf'), '-days', VALID_DAYS, '-subj', subject],
    ...['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.crt`)],
  ];
}

function signedArguments(dir: string, request: CertificateRequest): string[] {
  const names = request.alternativeNames?.join(',');
  return [
    ...baseArguments(dir, request.name, subjectOf(request)),
    ...['-CA', join(dir, 'ca.crt'), '-CAkey', join(dir, 'ca.key')],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
    ...(names === undefined ? [] : ['-addext', `subjectAltName=${names}`]),
  ];
}

/**
 * Makes a certificate authority for one cluster and all certificates that it needs, in `dir`:
 * `ca`, `apiserver`, `apiserver-kubelet-client`, `service-account` and one for each user of a
 * kubeconfig.
 */
export async function createCertificates(run: RunCommand, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, 'openssl.cnf'), OPENSSL_CONFIG);
  const openssl = async (args: string[]): Promise<unknown> =>
    mustRun(run, { program: 'openssl', args });
  await openssl([
    ...baseArguments(dir, 'ca', '/CN=resiliency-operator cluster'),
    ...['-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'],
  ]);
  await Promise.all(certificateRequests().map((request) => openssl(signedArguments(dir, request))));
}
