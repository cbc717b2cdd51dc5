import { isDeepStrictEqual } from 'node:util';
import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

/** After this much silence the kernel asks whether the other end still lives. */
const TCP_KEEPALIVE_MS = 30_000;

/** Where a call goes and with which credentials. */
export interface PreparedTarget {
  readonly url: URL;
  readonly options: https.RequestOptions;
}

/**
 * Keeps connections to the API server open between calls. client-node builds a new agent for each
 * call; here one serves until the certificates change on disk.
 */
export class ConnectionPool {
  readonly #kubeConfig: KubeConfig;
  #agent: http.Agent | undefined;
  #agentTls: object | undefined;

  constructor(kubeConfig: KubeConfig) {
    this.#kubeConfig = kubeConfig;
  }

  /** Address and request options for a path, with the credentials as they are now. */
  async prepare(path: string): Promise<PreparedTarget> {
    const cluster = this.#kubeConfig.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig names no current cluster');
    const url = new URL(cluster.server.replace(/\/$/, '') + path);
    const options: https.RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const agent = this.#agentFor(options, cluster.proxyUrl);
    const { headers, auth } = options;
    return { url, options: { agent, headers: headers ?? {}, ...(auth ? { auth } : {}) } };
  }

  /** Closes idle connections; those in use end with their calls. */
  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
    this.#agentTls = undefined;
  }

  #agentFor(options: https.RequestOptions, proxyUrl: string | undefined): http.Agent {
    const { ca, cert, key, servername, rejectUnauthorized, passphrase, pfx } = options;
    const tls = { ca, cert, key, servername, rejectUnauthorized, passphrase, pfx };
    if (this.#agent !== undefined && isDeepStrictEqual(this.#agentTls, tls)) return this.#agent;
    // The old agent is left to finish its calls: destroying it would cut running watches.
    this.#agentTls = tls;
    this.#agent = createAgent(options, proxyUrl, definedOf(tls));
    return this.#agent;
  }
}

function createAgent(
  options: https.RequestOptions,
  proxyUrl: string | undefined,
  tls: https.AgentOptions,
): http.Agent {
  // client-node knows how to speak to proxies; only direct connections are ours.
  const offered = options.agent;
  if (proxyUrl !== undefined && offered instanceof http.Agent) return offered;
  const keepAlive = { keepAlive: true, keepAliveMsecs: TCP_KEEPALIVE_MS };
  // https.Agent extends http.Agent, never the other way round.
  if (offered instanceof http.Agent && !(offered instanceof https.Agent)) {
    return new http.Agent(keepAlive);
  }
  return new https.Agent({ ...tls, ...keepAlive });
}

function definedOf(tls: Readonly<Record<string, unknown>>): https.AgentOptions {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}
