import { expect, test } from '@jest/globals';
import type { LoggedChange } from '../../../zookeeper/testing/index.ts';
import { SourceHistory } from './source-history.ts';

function historyOf(...changes: LoggedChange[]): SourceHistory {
  const history = new SourceHistory('/test');
  changes.forEach((change, index) => {
    const transaction = { sessionId: 1n, closesSession: false, changes: [change] };
    history.see([{ ...transaction, zxid: BigInt(index + 1) }]);
  });
  return history;
}

const create = (data: Buffer | null, isEphemeral = false): LoggedChange => ({
  ...{ kind: 'create', path: '/test/a', data, isEphemeral },
});
const set = (text: string): LoggedChange => ({
  ...{ kind: 'setData', path: '/test/a', data: Buffer.from(text) },
});

test('a copy may hold what the source had at a point or later, and nothing older', () => {
  const history = historyOf(create(null), set('two'), set('three'));
  const wrong = (value: string | null | undefined) =>
    history.pathsNotHeldSince(2n, value === undefined ? {} : { '/test/a': value });
  expect(wrong('two')).toEqual([]);
  expect(wrong('three')).toEqual([]);
  expect(wrong(null)).toEqual(['/test/a']);
  expect(wrong('')).toEqual(['/test/a']);
  expect(wrong(undefined)).toEqual(['/test/a']);
});

test('what was gone, ephemeral or never there may be missing', () => {
  const gone = historyOf(create(null), { kind: 'delete', path: '/test/a' }, create(null));
  expect(gone.pathsNotHeldSince(2n, {})).toEqual([]);
  expect(gone.pathsNotHeldSince(3n, {})).toEqual(['/test/a']);
  const ephemeral = historyOf(create(null, true), set('two'));
  expect(ephemeral.pathsNotHeldSince(1n, {})).toEqual([]);
  expect(ephemeral.pathsNotHeldSince(1n, { '/test/a': 'two' })).toEqual(['/test/a']);
  expect(ephemeral.pathsNotHeldSince(1n, { '/test/b': '' })).toEqual(['/test/b']);
});
