import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

export interface CertificateRequest {
  /** As `openssl -subj` takes it; default `/CN=<label>`. */
  subject?: string;
  /** Names and addresses that it is for; default `localhost`, `127.0.0.1`, `::1`. */
  names?: readonly string[];
  addresses?: readonly string[];
  /** Valid for one day that is over. Default false. */
  isExpired?: boolean;
}

/** A certificate and its key, both PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const COMMAND_TIMEOUT_MS = 30_000;
const DAY_MS = 86_400_000;

const keyArgs = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const caConfig = `[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
unique_subject = no
rand_serial = yes
default_md = sha256
policy = anything
[anything]
commonName = optional
countryName = optional
organizationName = optional
organizationalUnitName = optional
`;

async function openssl(cwd: string, ...args: string[]): Promise<void> {
  const result = await runCommand('openssl', args, { cwd, timeoutMs: COMMAND_TIMEOUT_MS });
  if (result.exitCode !== 0) throw new Error(`openssl ${args[0]} failed:\n${result.output}`);
}

/** YYYYMMDDHHMMSSZ */
function asn1Time(date: Date): string {
  return `${date.toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`;
}

/** An authority that lives in a directory, with certificates that live for a day. */
export class TestAuthority {
  readonly #dir: string;
  /** The authority's own certificate, PEM. */
  readonly cert: string;

  constructor(dir: string, cert: string) {
    this.#dir = dir;
    this.cert = cert;
  }

  /** @param label names the files; each is used once */
  async issue(label: string, request: CertificateRequest = {}): Promise<TestCertificate> {
    const { subject = `/CN=${label}`, isExpired = false } = request;
    const { names = ['localhost'], addresses = ['127.0.0.1', '::1'] } = request;
    const alternatives = [
      ...names.map((name) => `DNS:${name}`),
      ...addresses.map((address) => `IP:${address}`),
    ];
    const [key, csr, cert, ext] = ['key', 'csr', 'crt', 'ext'].map((kind) => `${label}.${kind}`);
    await writeFile(join(this.#dir, ext!), `subjectAltName=${alternatives.join(',')}\n`);
    const wanted = ['-subj', subject, '-utf8', '-keyout', key!, '-out', csr!];
    await openssl(this.#dir, 'req', '-config', 'req.cnf', ...keyArgs, ...wanted);
    const endMs = Date.now() + (isExpired ? -DAY_MS : DAY_MS);
    const dates = [
      '-startdate',
      new Date(endMs - 2 * DAY_MS),
      '-enddate',
      new Date(endMs),
    ] as const;
    const period = dates.map((item) => (item instanceof Date ? asn1Time(item) : item));
    const files = ['-keyfile', 'ca.key', '-cert', 'ca.crt', '-in', csr!, '-out', cert!];
    const how = [
      '-batch',
      '-notext',
      '-preserveDN',
      '-utf8',
      '-extfile',
      ext!,
      ...period,
      ...files,
    ];
    await openssl(this.#dir, 'ca', '-config', 'ca.cnf', ...how);
    return { cert: await this.#read(cert!), key: await this.#read(key!) };
  }

  async #read(file: string): Promise<string> {
    return readFile(join(this.#dir, file), 'utf8');
  }
}

/** @param dir made if need be; holds everything the authority writes */
export async function createAuthority(dir: string, name: string): Promise<TestAuthority> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'ca.cnf'), caConfig);
  await writeFile(join(dir, 'req.cnf'), '[req]\ndistinguished_name = dn\n[dn]\n');
  await writeFile(join(dir, 'index.txt'), '');
  const constraints = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  const files = ['-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', `/CN=${name}`];
  await openssl(dir, 'req', '-config', 'req.cnf', '-x509', ...keyArgs, ...constraints, ...files);
  return new TestAuthority(dir, await readFile(join(dir, 'ca.crt'), 'utf8'));
}
