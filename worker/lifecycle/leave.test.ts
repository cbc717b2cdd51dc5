import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../common/testing/fake-clock.ts';
import { leave } from './leave.ts';
import type { PendingOutput } from './leave.ts';

function leaving(options: { output?: PendingOutput; resources?: string[]; atLeisure?: boolean }) {
  const clock = new FakeClock();
  const { resources = [], output, atLeisure = false } = options;
  const ends: (string | number)[] = [];
  const process = {
    pid: 7,
    exit: (code: number) => ends.push(code),
    kill: (pid: number, signal: string) => ends.push(`${signal} ${pid}`),
    getActiveResourcesInfo: () => resources,
  };
  const outputs = output === undefined ? [] : [output];
  void leave(3, { process, clock, outputs, isReadAtLeisure: atLeisure });
  return { clock, ends, resources };
}

/** An output that nobody has read yet. */
function unread(): PendingOutput & { read(): void } {
  let written: () => void = () => undefined;
  return {
    writableLength: 1,
    write: (_text, callback) => (written = callback),
    read: () => {
      written();
    },
  };
}

describe('the end of the process', () => {
  test('comes at once where nothing is left to do', async () => {
    const { clock, ends } = leaving({ resources: ['TTYWrap', 'TCPSocketWrap', 'Timeout'] });
    await clock.advance(0);
    expect(ends).toEqual([3]);
  });

  test('waits until all is read that is read at leisure', async () => {
    const output = unread();
    const { clock, ends } = leaving({ output, atLeisure: true });
    await clock.advance(3_600_000);
    expect(ends).toEqual([]);
    output.read();
    await clock.advance(0);
    expect(ends).toEqual([3]);
  });

  test('waits two seconds for the reader of a log', async () => {
    const { clock, ends } = leaving({ output: unread() });
    await clock.advance(1_999);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual([3]);
  });

  test.each(['GetAddrInfoReqWrap', 'FSReqCallback', 'FSReqPromise'])(
    'waits for what the system does not let go (%s), and then comes with the right code',
    async (resource) => {
      const { clock, ends, resources } = leaving({ resources: [resource] });
      await clock.advance(100);
      expect(ends).toEqual([]);
      resources.length = 0;
      await clock.advance(100);
      expect(ends).toEqual([3]);
    },
  );

  test('comes by force where the system never lets go', async () => {
    const { clock, ends } = leaving({ resources: ['GetAddrInfoReqWrap'] });
    for (let looks = 0; looks < 102; looks += 1) await clock.advance(100);
    expect(ends).toContain('SIGKILL 7');
  });
});
