import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../common/logger.ts';

/** What is wrong, one sentence each; empty if nothing is. */
export type HealthCheck = () => readonly string[];

/** The part of prom-client's Registry that is needed to show metrics. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface HealthServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default: all addresses, as the kubelet and Prometheus come from outside the pod. */
  readonly host?: string;
  /** `/healthz`: what only a restart can cure. */
  readonly live?: HealthCheck;
  /** `/readyz`: what must be there before work can be done. */
  readonly ready: HealthCheck;
  /** `/metrics`. */
  readonly metrics: MetricsSource;
  readonly logger: Logger;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

/** Answers the kubelet's probes and Prometheus over plain HTTP; nothing here is secret. */
export class HealthServer {
  readonly #options: HealthServerOptions;
  readonly #server: Server;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    // A client that says nothing must not hold a connection for good.
    this.#server.requestTimeout = 10_000;
    this.#server.headersTimeout = 10_000;
  }

  /** Begins to listen; returns the port. @throws if the port is taken. */
  start(): Promise<number> {
    const { port, host } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Stops listening and closes all connections. May be called again. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let reply: Reply;
    try {
      reply = await this.#reply(request);
    } catch (error) {
      this.#options.logger.error('a probe or scrape failed', { url: request.url, error });
      reply = { status: 500, body: 'internal error\n' };
    }
    const contentType = reply.contentType ?? 'text/plain; charset=utf-8';
    response.writeHead(reply.status, { 'content-type': contentType });
    response.end(request.method === 'HEAD' ? undefined : reply.body);
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { live, ready, metrics } = this.#options;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, body: 'only GET\n' };
    }
    switch (new URL(request.url ?? '/', 'http://localhost').pathname) {
      case '/healthz':
        return toReply(live?.() ?? []);
      case '/readyz':
        return toReply(ready());
      case '/metrics':
        return { status: 200, body: await metrics.metrics(), contentType: metrics.contentType };
      default:
        return { status: 404, body: 'not found\n' };
    }
  }
}

function toReply(problems: readonly string[]): Reply {
  if (problems.length === 0) return { status: 200, body: 'ok\n' };
  return { status: 503, body: `${problems.join('\n')}\n` };
}
