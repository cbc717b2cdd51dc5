import { describe, expect, test } from '@jest/globals';
import { insideNode, requireVisibleInNode } from './node-namespaces.ts';

describe('requireVisibleInNode', () => {
  test.each([
    { dir: '/root/.cache/x', visible: true },
    { dir: '/var/library', visible: true },
    { dir: '/var/lib/jenkins/.cache', visible: false },
    { dir: '/run/user/0', visible: false },
  ])('of $dir: $visible', ({ dir, visible }) => {
    const check = () => {
      requireVisibleInNode(['/home', dir]);
    };

    if (visible) expect(check).not.toThrow();
    else expect(check).toThrow(`The cluster cannot use ${dir}`);
  });
});

test('insideNode runs a command in all namespaces of the node, with its deadline', () => {
  const init = { pid: 42, startTicks: '1' };

  expect(insideNode(init, { program: 'ctr', args: ['version'], timeoutMs: 5 })).toEqual({
    program: 'nsenter',
    args: [
      ...['--target', '42', '--pid', '--mount', '--net', '--uts', '--ipc', '--'],
      ...['ctr', 'version'],
    ],
    timeoutMs: 5,
  });
});
