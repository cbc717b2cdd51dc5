import { readFileSync, statSync } from 'node:fs';
import { LABELS, WORKER_NAME } from '../../api/labels.ts';
import { isList } from '../../api/options/definition.ts';
import {
  optionName,
  OPTIONS_FLAGS,
  OPTIONS_MAX_BYTES,
  optionsSha256,
} from '../../api/options/options-file.ts';
import {
  synchronizeFlag,
  SYNCHRONIZE_OPTION_LIST,
  SYNCHRONIZE_OPTIONS,
  type SynchronizeOption,
} from '../../api/options/synchronize-options.ts';
import { Problems } from './parse-values.ts';
import type { CommandName, RawOptions } from './program.ts';

/** Options as they were given, wherever that was; or what is wrong, one sentence each. */
export type GivenOptions =
  | { readonly ok: true; readonly raw: RawOptions }
  | { readonly ok: false; readonly sentences: readonly string[] };

const OPTIONS: ReadonlyMap<string, SynchronizeOption> = new Map(
  SYNCHRONIZE_OPTION_LIST.map(([name]) => [optionName(synchronizeFlag(name)), name]),
);

const CHANGED =
  'something changed the pod after it was made, for example a mutating webhook. Nothing was copied. ' +
  `Keep it away from pods with the label ${LABELS.name}=${WORKER_NAME}, and create a new Synchronization`;

/**
 * The options of a run: those of the command line, or those of the file that it names (see
 * `worker-options.ts`). Options of both are a mistake: nobody could tell which of them were meant.
 * The file is believed only with the hash of what was written into it.
 */
export function givenOptions(raw: RawOptions, command: CommandName): GivenOptions {
  const { optionsFile, optionsSha256: sha256, ...others } = raw;
  const problems = new Problems();
  const [fileFlag, hashFlag] = [OPTIONS_FLAGS.optionsFile, OPTIONS_FLAGS.optionsSha256];
  if (optionsFile === undefined) {
    if (sha256 !== undefined) problems.add(hashFlag, String(sha256), `needs ${fileFlag}`);
    return resultOf(others, problems);
  }
  for (const [name] of SYNCHRONIZE_OPTION_LIST) {
    if (others[name] === undefined) continue;
    problems.say(
      `${synchronizeFlag(name)}: must not stand beside ${fileFlag}, which holds all options: ${CHANGED}`,
    );
  }
  if (sha256 === undefined) problems.add(hashFlag, undefined, `must stand beside ${fileFlag}`);
  if (problems.sentences.length > 0) return resultOf({}, problems);
  const bytes = readBounded(String(optionsFile), problems);
  if (bytes === null) return resultOf({}, problems);
  const found = optionsSha256(bytes);
  if (found !== sha256) {
    const options = bytes.length === 0 ? 'there are none' : `theirs is ${found}`;
    problems.say(
      `${hashFlag}: the options in ${String(optionsFile)} are not those with the hash ${String(sha256)}; ${options}: ${CHANGED}`,
    );
    return resultOf({}, problems);
  }
  return resultOf({ ...others, ...parseFile(bytes, { command, problems }) }, problems);
}

function resultOf(raw: RawOptions, { sentences }: Problems): GivenOptions {
  return sentences.length === 0 ? { ok: true, raw } : { ok: false, sentences };
}

function readBounded(path: string, problems: Problems): Buffer | null {
  try {
    // Before it is opened: a pipe would keep us waiting for who writes into it.
    const stat = statSync(path);
    if (stat.isFile() && stat.size <= OPTIONS_MAX_BYTES) return readFileSync(path);
    const found = stat.isFile() ? `it has ${stat.size}` : 'it is no file';
    const must = `must name a file of at most ${OPTIONS_MAX_BYTES} bytes; ${found}`;
    problems.add(OPTIONS_FLAGS.optionsFile, path, must);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    problems.add(OPTIONS_FLAGS.optionsFile, path, `must name a file that can be read (${code})`);
  }
  return null;
}

interface Judgement {
  readonly command: CommandName;
  readonly problems: Problems;
}

/** Takes a file apart whose hash is right: so it is what an operator wrote, if of another version. */
function parseFile(bytes: Buffer, { command, problems }: Judgement): RawOptions {
  const content = parseObject(bytes.toString('utf8'));
  const options = asObject(content?.['options']);
  if (content?.['command'] !== command || options === null) {
    problems.say(
      `${OPTIONS_FLAGS.optionsFile}: the file must hold {"command":"${command}","options":{…}}`,
    );
    return {};
  }
  const entries = Object.entries(options).map(([name, value]) => {
    const key = OPTIONS.get(name);
    if (key === undefined) {
      problems.say(
        `${OPTIONS_FLAGS.optionsFile}: found the option ${JSON.stringify(name)}, which this worker does not know: operator and worker must be of one version`,
      );
      return [];
    }
    return [[key, rawValue(key, value, problems)]];
  });
  return Object.fromEntries(entries.flat()) as RawOptions;
}

/** A value as the command line would have it. */
function rawValue(
  key: SynchronizeOption,
  value: unknown,
  problems: Problems,
): string | readonly string[] | undefined {
  const takesList = isList(SYNCHRONIZE_OPTIONS[key]);
  if (takesList) {
    if (isTextList(value)) return value;
  } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  const must = takesList ? 'must be a list of texts' : 'must be a text, a number, true or false';
  problems.add(synchronizeFlag(key), JSON.stringify(value), must);
  return undefined;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : null;
}
