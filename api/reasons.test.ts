import { describe, expect, test } from '@jest/globals';
import { REASONS, reasonsOf, type ReasonEntry } from './reasons.ts';
import { EXIT_CODES } from './worker-contract.ts';

const entries = Object.entries<ReasonEntry>(REASONS);

describe('the table of reasons', () => {
  test.each(entries)('%s says where it stands, what it means and what to do', (reason, entry) => {
    expect(reason).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(entry.on.length).toBeGreaterThan(0);
    expect(entry.meaning).toMatch(/^[A-Zs].*\.$/s);
    expect(entry.whatToDo).toMatch(/^[A-Z].*\.$/s);
  });

  test('has every final outcome that a worker can report', () => {
    const ofWorkers = Object.values(EXIT_CODES)
      .filter(({ code }) => code >= 50)
      .map(({ name }) => name);
    expect(reasonsOf('Synchronization')).toEqual(expect.arrayContaining(ofWorkers));
  });

  test('gives each kind its own', () => {
    expect(reasonsOf('Database')).toContain('ConnectionRefused');
    expect(reasonsOf('Synchronization')).not.toContain('ConnectionRefused');
    expect(reasonsOf('Bucket')).toContain('SeveralBackends');
    expect(reasonsOf('KubernetesCluster')).toEqual(['InvalidSpec', 'NotProbed']);
    expect(reasonsOf('SynchronizationPlan')).toContain('NameTooLong');
  });
});
