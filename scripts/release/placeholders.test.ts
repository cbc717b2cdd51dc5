import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReleaseError } from './collect-release.ts';
import { OWNERS_FILES, refusePlaceholders } from './placeholders.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'placeholders-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a release is refused while the owner has not completed a file, and each gap is named', async () => {
  const file = join(folder, 'LICENSE');
  await writeFile(file, 'Copyright (c) <OWNER>. <OWNER> may, ask <SECURITY-CONTACT>.\n');

  const refusal = refusePlaceholders([file]);

  await expect(refusal).rejects.toThrow(ReleaseError);
  await expect(refusal).rejects.toThrow(
    `${file} has <OWNER>.\n${file} has <SECURITY-CONTACT>.\nWrite the owner's words there`,
  );
});

test('a completed file is no reason to refuse, whatever else stands in angle brackets', async () => {
  const file = join(folder, 'SECURITY.md');
  await writeFile(file, 'Write to <security@example.com>; see resources/<name>.\n');

  await expect(refusePlaceholders([file])).resolves.toBeUndefined();
});

test('every file that the owner has to complete exists', async () => {
  await refusePlaceholders(OWNERS_FILES).catch((error: unknown) => {
    expect(error).toBeInstanceOf(ReleaseError);
  });
});
