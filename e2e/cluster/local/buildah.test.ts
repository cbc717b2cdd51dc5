import { describe, expect, test } from '@jest/globals';
import { buildArguments, parseSize } from './buildah.ts';
import { archiveDirName } from './image-store.ts';

test('buildArguments hand over secrets as files, not as values', () => {
  const args = buildArguments({
    tag: 'a/b:1',
    dockerfile: '/repo/Dockerfile.x',
    contextDir: '/repo',
    buildArgs: { NODE_IMAGE: 'node:1' },
    secrets: { ca: '/etc/ca.crt' },
  });

  expect(args.join(' ')).toBe(
    'bud --isolation chroot --layers --format docker --build-arg NODE_IMAGE=node:1 ' +
      '--secret id=ca,src=/etc/ca.crt --file /repo/Dockerfile.x --tag a/b:1 /repo',
  );
});

describe('parseSize', () => {
  test.each([
    { text: '132 MB', bytes: 132e6 },
    { text: '1.4 MB', bytes: 1.4e6 },
    { text: '812 KB', bytes: 812e3 },
    { text: '12 B', bytes: 12 },
  ])('of $text is $bytes', ({ text, bytes }) => {
    expect(parseSize(text)).toBe(bytes);
  });
});

test('archiveDirName makes one folder name of an image', () => {
  expect(archiveDirName('quay.io/a/b:v1.0.0')).toBe('quay.io_a_b_v1.0.0');
});
