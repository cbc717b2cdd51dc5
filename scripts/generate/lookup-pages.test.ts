import { expect, test } from '@jest/globals';
import { REASONS } from '../../api/reasons.ts';
import { SERVER_ERRORS } from '../../api/server-errors.ts';
import { KINDS } from '../../api/v1alpha1/kinds.ts';
import { EXIT_CODES } from '../../api/worker-contract.ts';
import { lookupPages, reasonsPage } from './lookup-pages.ts';

const pages = lookupPages(KINDS);

test('every condition reason has a row on the page of each kind that it appears on', () => {
  for (const [reason, { on }] of Object.entries(REASONS)) {
    const kinds = new Set(on.map((place) => place.split('/')[0] ?? ''));
    expect(kinds.size).toBeGreaterThan(0);
    for (const kind of kinds) expect(pages[reasonsPage(kind)]).toContain(`| \`${reason}\` |`);
  }
});

test('every exit code of the worker has a row', () => {
  for (const { code, name } of Object.values(EXIT_CODES)) {
    expect(pages['exit-codes.md']).toContain(`| ${code} | \`${name}\` |`);
  }
});

test('every error of a ZooKeeper server has a row', () => {
  for (const [name, { code }] of Object.entries(SERVER_ERRORS)) {
    expect(pages['server-errors.md']).toContain(`| \`${name}\` | ${code} |`);
  }
});

test('a page is named after its kind, in words', () => {
  expect(reasonsPage('SynchronizationPlan')).toBe('reasons-synchronization-plan.md');
});
