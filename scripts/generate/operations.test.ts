import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { REASONS } from '../../api/reasons.ts';
import { SERVER_ERRORS } from '../../api/server-errors.ts';
import { KINDS } from '../../api/v1alpha1/kinds.ts';
import { EXIT_CODES } from '../../api/worker-contract.ts';
import { operationsMarkdown } from './operations.ts';

const page = readFileSync('docs/operations.md', 'utf8');

test('the page has a row for every condition reason, exit code and error of a server', () => {
  const made = operationsMarkdown(page, KINDS);
  for (const reason of Object.keys(REASONS)) expect(made).toContain(`| \`${reason}\` |`);
  for (const [name, { code }] of Object.entries(SERVER_ERRORS)) {
    expect(made).toContain(`| \`${name}\` | ${code} |`);
  }
  for (const { code, name } of Object.values(EXIT_CODES)) {
    expect(made).toContain(`| ${code} | \`${name}\` |`);
  }
});

test('what stands around the tables stays as it was written', () => {
  const made = operationsMarkdown(page, KINDS);
  expect(made.slice(0, 200)).toBe(page.slice(0, 200));
  expect(operationsMarkdown(made, KINDS)).toBe(made);
});

test('a page that has lost the marks is not overwritten', () => {
  expect(() => operationsMarkdown('# Operations', KINDS)).toThrow(/expected <!-- Generated/);
});
