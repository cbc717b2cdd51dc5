/** Something in an object that the contract does not allow, in words for its author. */
export interface Problem {
  /** Path of the field: `spec.config.rootPath`, `spec.zookeeper.client.servers[0]`. */
  readonly field: string;
  /** What stands there, shortened; whatever precedes an `@` is masked, it may be a password. */
  readonly found: string;
  /** What may stand there: `must start with "/"`. */
  readonly allowed: string;
  /** The whole sentence: field, what is allowed, what was found, what to do. */
  readonly message: string;
}

/** Outcome of parsing something unknown: the typed value with defaults applied, or the problems. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const FOUND_MAX_LENGTH = 80;

/** Makes a problem of a value that is present but not allowed. */
export function notAllowed(
  field: string,
  value: unknown,
  { must, remedy }: { readonly must: string; readonly remedy: string },
): Problem {
  const found = describeFound(value);
  return { field, found, allowed: must, message: `${field} ${must}; found ${found}. ${remedy}` };
}

/** Makes a problem of a required value that is not there. */
export function missing(field: string, description: string): Problem {
  return {
    field,
    found: 'nothing',
    allowed: 'is required',
    message: `${field} is required; found nothing. Set it: ${description}`,
  };
}

/**
 * Says what stands in a field. Strings are quoted and cut; of `user:password@host` only the part
 * after the `@` is shown.
 */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return JSON.stringify(value) ?? typeof value;
  const masked = value.replace(/^.*@/su, '***@');
  const cut = masked.length > FOUND_MAX_LENGTH ? `${masked.slice(0, FOUND_MAX_LENGTH)}…` : masked;
  return JSON.stringify(cut);
}

/** All problems in one line, for a condition's message or an error. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => problem.message).join(' ');
}
