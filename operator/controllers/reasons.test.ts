import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonsOf } from '../../api/reasons.ts';

/** Reasons of the table that no code of this version gives, and what they wait for. */
const LATER: Readonly<Record<string, string>> = {
  LicenseInvalid: 'licenses',
};

/** The sources, tests left out: a reason that only a test knows is not given. */
function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /^(?!.*\.test\.ts$).*\.ts$/.test(entry.name))
    .filter((entry) => !entry.parentPath.includes('testing'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

describe('every reason of the table', () => {
  const code = sources(join(import.meta.dirname));

  test.each(
    (
      ['Database', 'Bucket', 'KubernetesCluster', 'Synchronization', 'SynchronizationPlan'] as const
    ).flatMap((kind) => reasonsOf(kind).map((reason) => ({ kind, reason }))),
  )('$reason of a $kind is given somewhere, or comes later', ({ reason }) => {
    const isGiven = new RegExp(`'${reason}'|\\b${reason}:`).test(code);

    expect({ reason, isGiven }).toEqual({ reason, isGiven: !(reason in LATER) });
  });
});
