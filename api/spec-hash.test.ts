import { expect, test } from '@jest/globals';
import { specHash } from './spec-hash.ts';
import { parseSynchronization, type SynchronizationSpec } from './v1alpha1/synchronization.ts';

function spec(config: object = {}, rest: object = {}): SynchronizationSpec {
  const parsed = parseSynchronization({
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'Synchronization',
    spec: {
      ...rest,
      plugin: 'zookeeper-to-zookeeper-nodes',
      config: { sourceName: 'a', destinationName: 'b', rootPath: '/test', ...config },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.spec;
}

test('stays when a default is written out, at any depth', () => {
  const plain = specHash(spec());
  expect(specHash(spec({ verify: true }))).toBe(plain);
  expect(specHash(spec({ deletion: { maxPercent: 50 } }))).toBe(plain);
  expect(specHash(spec({}, { backoffLimit: 3, worker: {} }))).toBe(plain);
  const pullSecrets = { worker: { imagePullSecrets: [{ name: 'pull-secret' }] } };
  expect(specHash(spec({}, pullSecrets))).toBe(plain);
});

test('stays when keys come in another order', () => {
  const one = spec({}, { worker: { nodeSelector: { a: '1', b: '2' } } });
  const other = spec({}, { worker: { nodeSelector: { b: '2', a: '1' } } });
  expect(specHash(one)).toBe(specHash(other));
});

test('stays for an object that an older version stored without newer defaulted fields', () => {
  const { plugin, config } = spec();
  expect(specHash({ plugin, config } as SynchronizationSpec)).toBe(specHash(spec()));
});

test.each([
  { change: { rootPath: '/other' } },
  { change: { verify: false } },
  { change: { deletion: { maxPercent: 51 } } },
  { change: { nodeTypes: [{ glob: '/a', type: 'Container' }] } },
])('changes with $change', ({ change }) => {
  expect(specHash(spec(change))).not.toBe(specHash(spec()));
});

test('is 16 hex digits', () => {
  expect(specHash(spec())).toMatch(/^[0-9a-f]{16}$/);
});
