/** One call of the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path without the server's address, for example `/apis/batch/v1/jobs`. */
  readonly path: string;
  /** Entries that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Media type of the body; default `application/json`, for PATCH `application/merge-patch+json`. */
  readonly contentType?: string;
  /** Ends the call early. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Deadline of the whole call; for a watch, of its first answer only. Default 15 s: an API server
   * that hangs must never hang the operator.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * A longer answer is dropped, and the call ends with KubeReplyTooLargeError: somebody else decides
   * how large objects are. Default 32 MiB. Not for watches, which take one object after the other.
   */
  readonly maxReplyBytes?: number | undefined;
}

/**
 * The API server as everything here sees it: JSON in, JSON out. The real one is `HttpApiClient`,
 * the one of unit tests `FakeKube`.
 *
 * All methods reject with KubeApiError when the server answers with an error, with
 * KubeConnectionError when it does not answer, and with the signal's reason when it aborts.
 */
export interface ApiClient {
  /** Returns the parsed body. */
  request(request: ApiRequest): Promise<unknown>;
  /** Returns the body as text (pod logs). */
  text(request: ApiRequest): Promise<string>;
  /**
   * Yields the events of a watch (`{type, object}`) as they arrive, until the server ends it.
   * Leaving the loop or aborting the signal closes the connection.
   */
  watch(request: ApiRequest): AsyncIterable<unknown>;
}

/** What is told of every call that ended, for the metrics. */
export interface ApiCallReport {
  readonly method: ApiRequest['method'];
  /** Host of the server. */
  readonly host: string;
  /** HTTP status, or `<error>` as client-go writes it when no answer came. */
  readonly code: string;
  readonly durationSeconds: number;
}
