import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { ConnectionPool } from '../connection-pool.ts';
import { ScriptedApiServer, sendJson, type SeenRequest } from './scripted-api-server.ts';

/**
 * What goes wrong with one request: the server answers 503 and does nothing; the line is cut before
 * the server has seen it, or after it took effect; it arrives and takes effect only when the client
 * has given up on it.
 */
export const FAULTS = ['refused', 'cut before', 'cut after', 'late'] as const;
export type Fault = (typeof FAULTS)[number];

/** A request and what became of it. */
export interface ProxiedCall {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly accept: string | undefined;
  /** Status of the real server's answer; undefined if there was none. */
  status: number | undefined;
}

export interface FaultyProxyOptions {
  /** Leads to the real API server. */
  readonly kubeConfig: KubeConfig;
  /** Asked of each request, in the order of arrival. */
  readonly faultOf?: (call: ProxiedCall) => Fault | undefined;
  /** Called when a fault strikes, before the client can know of it. */
  readonly onFault?: () => void;
  /**
   * Pairs of texts, ours first: the client speaks of one, the server of the other. So kinds of a
   * group that nobody else looks after can stand in for ours.
   */
  readonly renames?: readonly (readonly [string, string])[];
}

/** An API server that is real, behind a line that is not to be trusted. Plain HTTP on loopback. */
export class FaultyProxy {
  readonly calls: ProxiedCall[] = [];
  readonly #options: FaultyProxyOptions;
  readonly #pool: ConnectionPool;
  readonly #server = new ScriptedApiServer((request, response) => {
    this.#take(request, response);
  });
  readonly #unanswered = new Set<ServerResponse>();
  #isCut = false;

  constructor(options: FaultyProxyOptions) {
    this.#options = options;
    this.#pool = new ConnectionPool(options.kubeConfig);
  }

  get url(): string {
    return this.#server.url;
  }

  /** Requests that wait for the beginning of their answer, because the server is at work. */
  get pending(): number {
    return this.#unanswered.size;
  }

  async start(): Promise<void> {
    await this.#server.start();
  }

  /** Nothing comes through any more, and whatever is open ends: the client's process is gone. */
  cut(): void {
    this.#isCut = true;
  }

  async close(): Promise<void> {
    this.cut();
    await this.#server.close();
    this.#pool.close();
  }

  #take(request: SeenRequest, response: ServerResponse): void {
    if (this.#isCut) {
      response.destroy();
      return;
    }
    const path = `${request.url.pathname}${request.url.search}`;
    const { accept } = request.headers;
    const call: ProxiedCall = { ...request, path, accept, status: undefined };
    this.calls.push(call);
    const fault = this.#options.faultOf?.(call);
    if (fault !== undefined) this.#options.onFault?.();
    switch (fault) {
      case undefined:
        this.#pass(call, response);
        return;
      case 'refused':
        sendJson(response, { kind: 'Status', code: 503, reason: '', message: 'not now' }, 503);
        return;
      case 'cut before':
        response.destroy();
        return;
      case 'cut after':
        this.#pass(call, response, () => response.destroy());
        return;
      case 'late':
        response.once('close', () => {
          this.#pass(call, undefined);
        });
    }
  }

  /** @param discard instead of the answer, which is thrown away */
  #pass(call: ProxiedCall, response: ServerResponse | undefined, discard?: () => void): void {
    if (response !== undefined) this.#unanswered.add(response);
    const answered = (): void => {
      if (response !== undefined) this.#unanswered.delete(response);
    };
    void this.#exchange(call, (answer) => {
      answered();
      if (response === undefined || discard !== undefined) {
        answer.resume();
        answer.once('end', () => discard?.());
        return;
      }
      this.#answer(answer, response);
    }).catch(() => {
      answered();
      response?.destroy();
    });
  }

  async #exchange(call: ProxiedCall, onAnswer: (answer: IncomingMessage) => void): Promise<void> {
    const { method } = call;
    const { url, options } = await this.#pool.prepare(this.#outward(call.path));
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const body = Buffer.from(this.#outward(call.body));
    // Node gives the body of a DELETE no length by itself, and the server takes it for a request.
    const ofBody = body.length === 0 ? {} : { 'content-type': type, 'content-length': body.length };
    const headers = { ...options.headers, accept: call.accept ?? 'application/json', ...ofBody };
    const transport = url.protocol === 'http:' ? http : https;
    await new Promise<void>((resolve, reject) => {
      const outgoing = transport.request(url, { ...options, method, headers }, (answer) => {
        call.status = answer.statusCode;
        onAnswer(answer);
        resolve();
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Line by line, as the events of a watch come; another answer is one line. */
  #answer(answer: IncomingMessage, response: ServerResponse): void {
    response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
    response.flushHeaders();
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) response.write(`${this.#inward(line)}\n`);
    });
    answer.on('end', () => response.end(this.#inward(rest)));
    answer.on('error', () => response.destroy());
    response.on('close', () => answer.destroy());
  }

  #outward(text: string): string {
    const renames = this.#options.renames ?? [];
    return renames.reduce((current, [ours, theirs]) => current.replaceAll(ours, theirs), text);
  }

  #inward(text: string): string {
    const renames = this.#options.renames ?? [];
    return renames.reduce((current, [ours, theirs]) => current.replaceAll(theirs, ours), text);
  }
}
