/**
 * How the operator tells a worker what to do. What a user wrote must reach the worker letter by
 * letter, and arguments do not: the kubelet makes `$` of `$$`, and puts the values of variables in
 * the place of `$(NAME)`. So the operator writes one JSON into an annotation of the pod, which is
 * mounted as a file; the arguments are constant words and the hash of that file.
 */
import { createHash } from 'node:crypto';
import { flagOf, type OptionTable } from './definition.ts';
import {
  synchronizeFlag,
  SYNCHRONIZE_OPTION_LIST,
  type SynchronizeArguments,
} from './synchronize-options.ts';

/** Options that stand in the place of all others. */
export const OPTIONS_FILE_OPTIONS = {
  optionsFile: {
    type: 'text',
    value: '<file>',
    help: 'read all of the above from this file instead, as JSON: {"command":"synchronize","options":{"root-path":"/a",…}}, named as the flags are …',
  },
  optionsSha256: {
    type: 'text',
    flag: '--options-sha256',
    value: '<hex>',
    help: '… if the SHA-256 of the file is this one',
  },
} as const satisfies OptionTable;

/** Their flags. */
export const OPTIONS_FLAGS = {
  optionsFile: flagOf('optionsFile', OPTIONS_FILE_OPTIONS.optionsFile),
  optionsSha256: flagOf('optionsSha256', OPTIONS_FILE_OPTIONS.optionsSha256),
} as const;

/** Where the pod has the file. */
export const OPTIONS_DIR = '/var/run/resiliency';
export const OPTIONS_FILE_NAME = 'options.json';

/** Most bytes of the file: what Kubernetes lets all annotations of an object have together. */
export const OPTIONS_MAX_BYTES = 256 * 1024;

/**
 * Name of each option in the file: that of its flag, without the dashes.
 * A value is a text, a number, true or false; of an option that holds several, a list of texts.
 */
export function optionName(flag: string): string {
  return flag.replace(/^--/, '');
}

/** The options of a worker, and the words of its command line that go with them. */
export interface WorkerOptions {
  /** `{"command":"synchronize","options":{"root-path":"/a",…}}` */
  readonly json: string;
  /** Nothing in them is from a spec, so that nothing in them can be taken for a variable. */
  readonly commandLine: readonly string[];
}

/** Writes everything down that `synchronize` is to do; undefined arguments are left out. */
export function synchronizeOptions(args: SynchronizeArguments): WorkerOptions {
  const command = 'synchronize';
  const options = Object.fromEntries(
    SYNCHRONIZE_OPTION_LIST.map(([name]) => [optionName(synchronizeFlag(name)), args[name]]),
  );
  const json = JSON.stringify({ command, options });
  return {
    json,
    commandLine: [
      command,
      `${OPTIONS_FLAGS.optionsFile}=${OPTIONS_DIR}/${OPTIONS_FILE_NAME}`,
      `${OPTIONS_FLAGS.optionsSha256}=${optionsSha256(json)}`,
    ],
  };
}

/** What tells that nobody changed the options on their way: hex digits. */
export function optionsSha256(json: string | Uint8Array): string {
  return createHash('sha256').update(json).digest('hex');
}
