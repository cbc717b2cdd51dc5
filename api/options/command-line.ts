import { isRepeated } from './definition.ts';
import {
  synchronizeFlag,
  SYNCHRONIZE_OPTION_LIST,
  type SynchronizeArguments,
} from './synchronize-options.ts';

/**
 * Writes the command line of `synchronize`: `['synchronize', '--source-servers=a:1,b:2', …]`.
 * Every value is written as `--flag=value`, so that a value beginning with a dash stays a value;
 * undefined arguments are left out.
 */
export function synchronizeCommandLine(args: SynchronizeArguments): string[] {
  const words = ['synchronize'];
  for (const [name, definition] of SYNCHRONIZE_OPTION_LIST) {
    const value = args[name];
    if (value === undefined) continue;
    const values = typeof value === 'object' && isRepeated(definition) ? value : [String(value)];
    words.push(...values.map((each) => `${synchronizeFlag(name)}=${each}`));
  }
  return words;
}
