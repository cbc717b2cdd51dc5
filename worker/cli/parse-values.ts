import { GLOB_LIMITS } from '../../api/globs.ts';
import { describeFound } from '../../api/schema/problem.ts';
import { parseServer, SERVER_RULES, SERVERS_RULES } from '../../api/servers.ts';
import { ROOT_PATH_RULES, ZNODE_PATH_RULES } from '../../api/znode-path.ts';

/** Collects what is wrong with a command line, one sentence each. */
export class Problems {
  readonly sentences: string[] = [];

  /** `--flag: found "x", must be y.` What precedes an `@` is masked: it may be a password. */
  add(flag: string, found: unknown, must: string): void {
    const what = found === undefined ? 'is missing' : `found ${describeFound(found)}`;
    this.sentences.push(`${flag}: ${what}, ${must}.`);
  }

  /** A sentence without its full stop. */
  say(sentence: string): void {
    this.sentences.push(`${sentence}.`);
  }

  /** `--flag: found x, must be given at most y times.` */
  addIfTooMany(flag: string, { length }: readonly unknown[], max: number): void {
    if (length <= max) return;
    this.sentences.push(`${flag}: found ${length}, must be given at most ${max} times.`);
  }
}

/** Addresses of one side, taken apart. */
export interface ParsedServers {
  readonly servers: readonly string[];
  readonly chroot: string;
}

const NO_SERVERS: ParsedServers = { servers: [], chroot: '' };

/**
 * Servers, each `host:port`; the last may carry a chroot.
 *
 * @param raw a list, or as one text with commas
 */
export function parseServers(
  flag: string,
  raw: string | readonly string[] | undefined,
  problems: Problems,
): ParsedServers {
  if (raw === undefined || raw.length === 0) {
    problems.add(flag, raw, 'must be host:port, several separated by commas');
    return NO_SERVERS;
  }
  const words = typeof raw === 'string' ? raw.split(',').map((word) => word.trim()) : [...raw];
  for (const word of words) {
    const must = brokenRuleOfServer(word);
    // A password may hold a comma: then a word by itself shows a part of it.
    if (must !== null) problems.add(flag, raw.includes('@') ? raw : word, must);
  }
  const brokenList = SERVERS_RULES.find((rule) => rule.holds?.(words) === false);
  if (brokenList) problems.add(flag, raw, brokenList.must);
  const parsed = words.map(parseServer).filter((server) => server !== null);
  return {
    servers: parsed.map(({ host, port }) => (host.includes(':') ? `[${host}]` : host) + `:${port}`),
    chroot: parsed.at(-1)?.chroot ?? '',
  };
}

function brokenRuleOfServer(word: string): string | null {
  if (word === '') return 'must be host:port: remove the comma too many';
  return SERVER_RULES.find((rule) => rule.holds?.(word) === false)?.must ?? null;
}

/** Root of the mirrored tree. */
export function parseRootPath(flag: string, raw: string | undefined, problems: Problems): string {
  if (raw === undefined) {
    problems.add(flag, raw, 'must be an absolute znode path, for example /test');
    return '/';
  }
  const broken = ROOT_PATH_RULES.find((rule) => rule.holds?.(raw) === false);
  if (broken) problems.add(flag, raw, broken.must);
  return raw;
}

/** Globs of absolute paths that are left out. */
export function parseGlobs(flag: string, raw: readonly string[], problems: Problems): string[] {
  for (const glob of raw) {
    const broken = brokenRuleOfGlob(glob);
    if (broken !== null) problems.add(flag, glob, broken);
    else if (glob === '/') problems.add(flag, glob, 'must not exclude everything');
  }
  problems.addIfTooMany(flag, raw, GLOB_LIMITS.maxExcludedPaths);
  return [...raw];
}

/** What a glob must be and is not; null if it is in order. */
export function brokenRuleOfGlob(glob: string): string | null {
  if (glob.length > GLOB_LIMITS.maxLength) {
    return `must have at most ${GLOB_LIMITS.maxLength} characters`;
  }
  return ZNODE_PATH_RULES.find((rule) => rule.holds?.(glob) === false)?.must ?? null;
}

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** A whole number in decimal digits. */
export function parseInteger<D extends number | undefined>(
  flag: string,
  raw: string | undefined,
  { range, fallback, problems }: { range: IntegerRange; fallback: D; problems: Problems },
): number | D {
  if (raw === undefined) return fallback;
  const value = /^-?\d{1,15}$/.test(raw) ? Number(raw) : NaN;
  if (value >= range.min && value <= range.max) return value;
  problems.add(flag, raw, `must be a whole number from ${range.min} to ${range.max}`);
  return fallback;
}

/** `true` or `false`; the bare flag means true. */
export function parseBoolean(
  flag: string,
  raw: string | true | undefined,
  { fallback, problems }: { fallback: boolean; problems: Problems },
): boolean {
  if (raw === undefined) return fallback;
  if (raw === true || raw === 'true') return true;
  if (raw !== 'false') problems.add(flag, raw, 'must be true or false');
  return false;
}

/** One of a few words. */
export function parseWord<W extends string, D extends W | undefined>(
  flag: string,
  raw: string | undefined,
  { words, fallback, problems }: { words: readonly W[]; fallback: D; problems: Problems },
): W | D {
  if (raw === undefined) return fallback;
  const word = words.find((each) => each === raw);
  if (word !== undefined) return word;
  problems.add(flag, raw, `must be one of ${words.join(', ')}`);
  return fallback;
}

/** Some of a few words. */
export function parseWords<W extends string>(
  flag: string,
  raw: readonly string[],
  { words, problems }: { words: readonly W[]; problems: Problems },
): W[] {
  const found = words.filter((word) => raw.includes(word));
  for (const each of raw) {
    if (!(words as readonly string[]).includes(each)) {
      problems.add(flag, each, `must be one of ${words.join(', ')}`);
    }
  }
  return found;
}
