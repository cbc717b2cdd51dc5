import { isRecord } from './node.ts';

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

/** What stands in a field must be otherwise. */
interface Demand {
  readonly must: string;
  readonly remedy: string;
  /** Fields of an object that the demand is about, if not the whole of it. */
  readonly about?: readonly string[];
}

const FOUND_MAX_LENGTH = 80;

/** Names of an object's fields that are told; its author knows it by the first few. */
const NAMES_TOLD = 3;

/** Makes a problem of a value that is present but not allowed. */
export function notAllowed(
  field: string,
  value: unknown,
  { must, remedy, about }: Demand,
): Problem {
  const found = about && isRecord(value) ? describeMembers(value, about) : describeFound(value);
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
 * Says what stands in a field, so that it can follow "found". Strings are quoted and cut; of
 * `user:password@host` only the part after the `@` is shown. Of an object the names of its fields
 * are told, of a list its length: what is in them may be long, or a secret.
 */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return describeList(value.length);
  if (isRecord(value)) return describeObject(Object.keys(value));
  if (typeof value !== 'string') return JSON.stringify(value) ?? typeof value;
  return JSON.stringify(masked(value));
}

function describeList(length: number): string {
  if (length === 0) return 'an empty list';
  return length === 1 ? 'a list of 1 entry' : `a list of ${length} entries`;
}

function describeObject(names: readonly string[]): string {
  if (names.length === 0) return 'an empty object';
  const told = names.slice(0, NAMES_TOLD).map(masked);
  const others = names.length - told.length;
  return `an object with ${inWords(others === 0 ? told : [...told, `${others} more`])}`;
}

/** `sourceName "a" and destinationName "a"`, `type "TTL" and no ttlMs`. */
function describeMembers(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): string {
  return inWords(
    names.map((name) =>
      value[name] === undefined ? `no ${name}` : `${name} ${describeFound(value[name])}`,
    ),
  );
}

function inWords(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

function masked(text: string): string {
  const shown = text.replace(/^.*@/su, '***@');
  return shown.length > FOUND_MAX_LENGTH ? `${shown.slice(0, FOUND_MAX_LENGTH)}…` : shown;
}

/** All problems in one line, for a condition's message or an error. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => problem.message).join(' ');
}
