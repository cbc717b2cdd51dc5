import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { systemClock, type Clock } from '../../common/clock.ts';
import type { ApiCallReport, ApiClient, ApiRequest } from './api-client.ts';
import {
  causesInStatus,
  KubeApiError,
  KubeConnectionError,
  KubeReplyTooLargeError,
} from './errors.ts';
import { readJsonLines } from './json-lines.ts';
import { isJsonObject } from './json-fields.ts';
import { ConnectionPool } from './connection-pool.ts';

/** Deadline of a call that names none. */
const DEFAULT_TIMEOUT_MS = 15_000;

/** An object is at most 1.5 MB in etcd; as JSON, escaped, it stays far below this. */
const DEFAULT_MAX_REPLY_BYTES = 32 * 1024 * 1024;

export interface HttpApiClientOptions {
  /** Server, certificates and credentials; a token file is read again as it is rotated. */
  readonly kubeConfig: KubeConfig;
  /** Sent as User-Agent, for the API server's audit log. */
  readonly userAgent: string;
  readonly clock?: Clock;
  /** Told of every call that ended. */
  readonly onCall?: (report: ApiCallReport) => void;
}

/**
 * The API server over HTTPS. Configuration and credentials are client-node's; the calls are our
 * own, because its generated clients open a TLS connection for each call, have no deadline, and
 * its Watch drops errors thrown by the callback together with malformed lines.
 */
export class HttpApiClient implements ApiClient {
  readonly #options: HttpApiClientOptions;
  readonly #clock: Clock;
  readonly #pool: ConnectionPool;

  constructor(options: HttpApiClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#pool = new ConnectionPool(options.kubeConfig);
  }

  async request(request: ApiRequest): Promise<unknown> {
    const text = await this.text(request);
    if (text === '') return {};
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new KubeConnectionError(`${describe(request)}: the reply is not JSON`, { cause });
    }
  }

  async text(request: ApiRequest): Promise<string> {
    const call = this.#startCall(request);
    try {
      return await this.#exchange(request, call);
    } catch (error) {
      // A server may close an idle connection at the moment we use it. The request cannot have
      // been answered, and reading twice changes nothing.
      if (request.method !== 'GET' || !isStaleConnection(error)) throw error;
      return await this.#exchange(request, call);
    } finally {
      call.end();
    }
  }

  async *watch(request: ApiRequest): AsyncGenerator<unknown> {
    const call = this.#startCall(request);
    try {
      const response = await this.#open(request, call);
      // From here on the caller decides how long silence may last.
      call.clearDeadline();
      yield* readJsonLines(response);
    } catch (error) {
      throw call.explain(error);
    } finally {
      call.abort();
      call.end();
    }
  }

  /** Closes the connections that are kept for later calls. */
  close(): void {
    this.#pool.close();
  }

  #startCall(request: ApiRequest): Call {
    return new Call(request, this.#clock);
  }

  async #exchange(request: ApiRequest, call: Call): Promise<string> {
    try {
      const response = await this.#open(request, call);
      return await readText(request, response);
    } catch (error) {
      throw call.explain(error);
    }
  }

  /** Sends the request; resolves with the answer's beginning, rejects if it is an error. */
  async #open(request: ApiRequest, call: Call): Promise<http.IncomingMessage> {
    call.signal.throwIfAborted();
    const startedMs = this.#clock.monotonicMs();
    let code = '<error>';
    const { url, options } = await this.#pool.prepare(targetPath(request));
    try {
      const response = await send(url, request, {
        ...options,
        signal: call.signal,
        headers: { ...options.headers, ...this.#headers(request) },
      });
      code = String(response.statusCode);
      if ((response.statusCode ?? 0) >= 400) throw await toApiError(request, response);
      return response;
    } finally {
      const durationSeconds = (this.#clock.monotonicMs() - startedMs) / 1000;
      this.#options.onCall?.({ method: request.method, host: url.host, code, durationSeconds });
    }
  }

  #headers(request: ApiRequest): http.OutgoingHttpHeaders {
    const headers: http.OutgoingHttpHeaders = {
      accept: 'application/json, */*;q=0.5',
      'user-agent': this.#options.userAgent,
    };
    if (request.body === undefined) return headers;
    const standard =
      request.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return { ...headers, 'content-type': request.contentType ?? standard };
  }
}

/** Lifetime of one call: its deadline and the caller's signal, joined into one signal. */
class Call {
  readonly #request: ApiRequest;
  readonly #controller = new AbortController();
  readonly #cancelTimer: () => void;
  readonly #onAbort: () => void;
  #timedOut = false;

  constructor(request: ApiRequest, clock: Clock) {
    this.#request = request;
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request;
    this.#cancelTimer = clock.setTimer(timeoutMs, () => {
      this.#timedOut = true;
      this.#controller.abort();
    });
    // Not AbortSignal.any: with a signal that lives as long as the process, each call would leave
    // something behind.
    this.#onAbort = () => {
      this.#controller.abort(signal?.reason);
    };
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clearDeadline(): void {
    this.#cancelTimer();
  }

  /** Closes the connection. */
  abort(): void {
    this.#controller.abort();
  }

  /** Frees what the call held; the connection stays open for the next one. */
  end(): void {
    this.#cancelTimer();
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The error a caller should see for what went wrong underneath. */
  explain(error: unknown): unknown {
    if (error instanceof KubeApiError || error instanceof KubeConnectionError) return error;
    if (this.#request.signal?.aborted === true) return this.#request.signal.reason;
    const what = describe(this.#request);
    if (this.#timedOut) {
      const { timeoutMs = DEFAULT_TIMEOUT_MS } = this.#request;
      return new KubeConnectionError(`${what}: no answer within ${timeoutMs} ms`);
    }
    return new KubeConnectionError(`${what}: no answer`, { cause: error });
  }
}

function send(
  url: URL,
  request: ApiRequest,
  options: https.RequestOptions,
): Promise<http.IncomingMessage> {
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const transport = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const outgoing = transport.request(url, { ...options, method: request.method }, resolve);
    outgoing.on('error', (error) => {
      reject(outgoing.reusedSocket ? markStale(error) : error);
    });
    if (body !== undefined) outgoing.setHeader('content-length', body.length);
    outgoing.end(body);
  });
}

const STALE = Symbol('stale connection');

/** Notes on a connection's error that the connection had served other calls before. */
function markStale(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || code === 'EPIPE') Object.assign(error, { [STALE]: true });
  return error;
}

function isStaleConnection(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return typeof cause === 'object' && cause !== null && STALE in cause;
}

async function readText(request: ApiRequest, response: http.IncomingMessage): Promise<string> {
  const { maxReplyBytes = DEFAULT_MAX_REPLY_BYTES } = request;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxReplyBytes) throw new KubeReplyTooLargeError(describe(request), maxReplyBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function toApiError(
  request: ApiRequest,
  response: http.IncomingMessage,
): Promise<KubeApiError> {
  const code = response.statusCode ?? 0;
  const text = await readText(request, response);
  const status = parseStatus(text);
  const retryAfterSeconds = Number(response.headers['retry-after']);
  return new KubeApiError({
    code,
    request: describe(request),
    reason: status.reason,
    causes: status.causes,
    message: status.message === '' ? (http.STATUS_CODES[code] ?? 'unknown') : status.message,
    retryAfterMs: retryAfterSeconds > 0 ? retryAfterSeconds * 1000 : undefined,
  });
}

/** Reads a metav1.Status; the reply of a proxy in between is cut to what fits a log line. */
function parseStatus(text: string): Pick<KubeApiError, 'reason' | 'causes' | 'message'> {
  let body: unknown;
  try {
    body = JSON.parse(text) as unknown;
  } catch {
    return { reason: '', causes: [], message: text.slice(0, 200).trim() };
  }
  const { reason, message } = isJsonObject(body) ? (body as Record<string, unknown>) : {};
  return {
    reason: typeof reason === 'string' ? reason : '',
    causes: causesInStatus(body),
    message: typeof message === 'string' ? message : '',
  };
}

function targetPath(request: ApiRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? request.path : `${request.path}?${text}`;
}

function describe(request: ApiRequest): string {
  return `${request.method} ${request.path}`;
}
