import { isJsonObject, textOf } from './json-fields.ts';

/** The API server answered, and the answer was no. */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  /** HTTP status. */
  readonly code: number;
  /** Kubernetes' own word, for example `AlreadyExists`; empty if the body was not a Status. */
  readonly reason: string;
  /** Reasons of its `details.causes`, for example `NamespaceTerminating`. */
  readonly causes: readonly string[];
  /** What the server said, without what we add to it. */
  readonly serverMessage: string;
  /** The server's wish, from Retry-After or the Status. */
  readonly retryAfterMs: number | undefined;

  constructor(details: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly request: string;
    readonly causes?: readonly string[];
    readonly retryAfterMs?: number | undefined;
  }) {
    super(`${details.request}: ${details.message} (HTTP ${details.code})`);
    this.code = details.code;
    this.reason = details.reason;
    this.causes = details.causes ?? [];
    this.serverMessage = details.message;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * No answer: refused, reset, timed out, or not HTTP. A write may have happened all the same, so
 * whoever repeats it must rely on names and resourceVersions, not on this error.
 */
export class KubeConnectionError extends Error {
  override readonly name = 'KubeConnectionError';
}

/** The answer is longer than the caller takes. What was asked for in one piece may fit in several. */
export class KubeReplyTooLargeError extends KubeConnectionError {
  constructor(request: string, maxBytes: number) {
    super(`${request}: the reply is longer than ${maxBytes} bytes`);
  }
}

/** The object does not exist. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error) === 404;
}

/** An object of that name exists already. */
export function isAlreadyExists(error: unknown): boolean {
  return codeOf(error) === 409 && reasonOf(error) === 'AlreadyExists';
}

/** Somebody else changed the object since it was read. */
export function isConflict(error: unknown): boolean {
  return codeOf(error) === 409 && reasonOf(error) !== 'AlreadyExists';
}

/** The history asked for is no longer kept: list again. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === 410 || (code === 504 && reasonOf(error) === 'Expired');
}

/** Our role does not allow it, or the namespace is being deleted. */
export function isForbidden(error: unknown): boolean {
  return codeOf(error) === 403;
}

/** The object breaks its schema or an admission rule: repeating it is no use. */
export function isInvalid(error: unknown): boolean {
  const code = codeOf(error);
  return code === 400 || code === 422;
}

/**
 * The server refuses new objects because their namespace is being deleted
 * (`reason: Forbidden`, cause `NamespaceTerminating`).
 */
export function isNamespaceTerminating(error: unknown): boolean {
  return isForbidden(error) && causesOf(error).includes('NamespaceTerminating');
}

/**
 * The server has judged the request and said no: by a role, a quota, the schema or an admission
 * webhook, or because a webhook that must be asked does not answer. Only somebody who changes one
 * of these can help.
 */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  // An InternalError has no other word for it: `ErrCallingWebhook` of k8s.io/apiserver is its text.
  // eslint-disable-next-line no-restricted-syntax
  if (code === 500) return apiErrorMessage(error).includes('failed calling webhook');
  return code === 413 || isForbidden(error) || isInvalid(error);
}

/** Whether the same request may succeed later without anybody changing anything. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof KubeConnectionError) return true;
  const code = codeOf(error);
  return code !== undefined && (code === 409 || code === 429 || code === 410 || code >= 500);
}

/** What the API server said, without the decoration of client libraries. */
export function apiErrorMessage(error: unknown): string {
  if (error instanceof KubeApiError) return error.serverMessage;
  const body = bodyOf(error);
  if (isJsonObject(body) && typeof body['message'] === 'string') return body['message'];
  return error instanceof Error ? error.message : String(error);
}

/** HTTP status of our error or of client-node's ApiException: both carry it in `code`. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof KubeApiError) return error.reason;
  const body = bodyOf(error);
  return isJsonObject(body) && typeof body['reason'] === 'string' ? body['reason'] : '';
}

function causesOf(error: unknown): readonly string[] {
  return error instanceof KubeApiError ? error.causes : causesInStatus(bodyOf(error));
}

/** Reasons of the causes that a metav1.Status names in its details; those without one are left out. */
export function causesInStatus(status: unknown): readonly string[] {
  const details = isJsonObject(status) ? status['details'] : undefined;
  const causes = isJsonObject(details) ? details['causes'] : undefined;
  if (!Array.isArray(causes)) return [];
  return causes
    .filter(isJsonObject)
    .map((cause) => textOf(cause, 'reason'))
    .filter((reason) => reason !== '');
}

/** client-node's ApiException keeps the body as an object or as text. */
function bodyOf(error: unknown): unknown {
  const body = error instanceof Error ? (error as { body?: unknown }).body : undefined;
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
