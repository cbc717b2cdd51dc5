import { describe, expect, test } from '@jest/globals';
import { createTerminal, type Terminal } from './terminal.ts';

function record(interactive: boolean): { terminal: Terminal; written: () => string } {
  let text = '';
  let nowMs = 0;
  const terminal = createTerminal({
    write: (more) => (text += more),
    isInteractive: interactive,
    hasColours: interactive,
    nowMs: () => (nowMs += 750),
  });
  return { terminal, written: () => text };
}

describe('the terminal of the demo', () => {
  test('writes plain lines where nobody looks', async () => {
    const { terminal, written } = record(false);

    await terminal.step('Install', async () => {
      terminal.command('kubectl apply -f manifests/crds.yaml');
      terminal.output('created');
      terminal.output('');
      return Promise.resolve();
    });

    expect(written()).toBe(
      [
        '',
        '1. Install',
        '   $ kubectl apply -f manifests/crds.yaml',
        '     created',
        '',
        '   ✓ 0.8 s',
        '',
      ].join('\n'),
    );
  });

  test('colours what a person looks at', () => {
    const { terminal, written } = record(true);

    terminal.command('kubectl get pods');

    expect(written()).toBe('   \u001B[36m$ kubectl get pods\u001B[0m\n');
  });

  test('numbers the steps and marks the one that failed', async () => {
    const { terminal, written } = record(false);
    await terminal.step('First', () => Promise.resolve());

    await expect(
      terminal.step('Second', () => Promise.reject(new Error('no route'))),
    ).rejects.toThrow('no route');

    expect(terminal.currentStep()).toBe('2. Second');
    expect(written()).toMatch(/1\. First\n {3}✓.*\n\n2\. Second\n {3}✗/);
  });
});
