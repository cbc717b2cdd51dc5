/** An error as data: what a log line or a message can hold. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: ErrorDescription | string;
}

/** Causes deeper than this are left out: a chain that long is a loop. */
const MAX_CAUSE_DEPTH = 8;

/** Turns an error and its chain of causes into data. */
export function describeError(error: Error, depth = 0): ErrorDescription {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= MAX_CAUSE_DEPTH
      ? {}
      : { cause: describeCause(error.cause, depth) }),
  };
}

/** One line that tells an error and why it came: `outer: inner: innermost`. */
export function errorMessage(error: unknown): string {
  const parts: string[] = [];
  for (
    let current = error, depth = 0;
    current !== undefined && current !== null && depth <= MAX_CAUSE_DEPTH;
    current = current instanceof Error ? current.cause : undefined, depth++
  ) {
    parts.push(
      current instanceof Error ? current.message || current.name : describeThrown(current),
    );
  }
  return parts.filter((part, index) => part !== '' && part !== parts[index - 1]).join(': ');
}

function describeCause(cause: unknown, depth: number): ErrorDescription | string {
  return cause instanceof Error ? describeError(cause, depth + 1) : describeThrown(cause);
}

/** Anything can be thrown; what is not an Error is told as JSON. */
function describeThrown(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? 'undefined');
}
