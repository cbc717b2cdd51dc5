import { describe, expect, test } from '@jest/globals';
import { MirrorRecord } from '../mirror/mirror-record.ts';
import { createPrinter, differenceCounts, type DiffFormat } from './print-differences.ts';

function print(format: DiffFormat): string {
  let text = '';
  const printer = createPrinter(format, (line) => {
    text += line;
    return null;
  });
  void printer.difference({ kind: 'create', path: '/test/a\nb' });
  void printer.difference({ kind: 'update', path: '/test/b' });
  void printer.difference({ kind: 'delete', path: '/test/c' });
  const record = Object.assign(new MirrorRecord(), { created: 1, updated: 1, deleted: 1 });
  void printer.summary('/test', record);
  return text;
}

const SUMMARY =
  '/test differs: 1 only at the source, 1 different, 1 only at the destination, 0 the same.\n';

describe('printing differences', () => {
  test('as text is a sign and a path a line', () => {
    expect(print('text')).toBe(`+ /test/a\\u000ab\n~ /test/b\n- /test/c\n${SUMMARY}`);
  });

  test.each([
    { path: '/a\u001f', shown: '/a\\u001f' },
    { path: '/\u001b[2J\r', shown: '/\\u001b[2J\\u000d' },
    { path: '/a\u007f\u0085', shown: '/a\\u007f\\u0085' },
    { path: '/\u202egnp.exe', shown: '/\\u202egnp.exe' },
    { path: '/a\u2028b', shown: '/a\\u2028b' },
    { path: '/\uf8ff\ufff0', shown: '/\\uf8ff\\ufff0' },
    { path: '/a\\u001f', shown: '/a\\\\u001f' },
    { path: '/größe 中 -=[]', shown: '/größe 中 -=[]' },
  ])('as text shows what a terminal would act on: $shown', ({ path, shown }) => {
    let text = '';
    const printer = createPrinter('text', (line) => {
      text += line;
      return null;
    });
    void printer.difference({ kind: 'create', path });
    expect(text).toBe(`+ ${shown}\n`);
  });

  test('as a summary is one sentence', () => {
    expect(print('summary')).toBe(SUMMARY);
  });

  test('as JSON is an object a line, whatever the path', () => {
    const lines = print('json').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { kind: 'create', path: '/test/a\nb' },
      { kind: 'update', path: '/test/b' },
      { kind: 'delete', path: '/test/c' },
      { kind: 'summary', rootPath: '/test', create: 1, update: 1, delete: 1, same: 0 },
    ]);
  });

  test.each([
    { created: 1, updated: 1, deleted: 0 },
    { created: 1, updated: 0, deleted: 1 },
    { created: 0, updated: 1, deleted: 1 },
  ])('counts each kind for itself: $created, $updated, $deleted', (counts) => {
    expect(differenceCounts('/', { ...counts, unchanged: 0 })).toMatch(/^\/ differs: /);
  });

  test('says so where there is none', () => {
    let text = '';
    const record = Object.assign(new MirrorRecord(), { unchanged: 3 });
    const printer = createPrinter('text', (line) => {
      text += line;
      return null;
    });
    void printer.summary('/test', record);
    expect(text).toBe('/test is the same on both sides: 3 znodes.\n');
  });
});
