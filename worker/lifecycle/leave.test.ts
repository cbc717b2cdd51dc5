import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { leave, type EndingProcess, type PendingOutput } from './leave.ts';

function leaving(options: { output?: PendingOutput; resources?: string[]; atLeisure?: boolean }) {
  const clock = new FakeClock();
  const { resources = [], output, atLeisure = false } = options;
  const ends: (string | number)[] = [];
  const process: EndingProcess = {
    pid: 7,
    exit: (code: number) => ends.push(code),
    kill: (pid: number, signal: string) => ends.push(`${signal} ${pid}`),
    getActiveResourcesInfo: () => resources,
  };
  const outputs = output === undefined ? [] : [output];
  void leave(3, { process, clock, outputs, isReadAtLeisure: atLeisure });
  return { clock, ends, resources, process };
}

/** An output that nobody has read yet, and what was added to it since. */
function unread(): PendingOutput & { read(): void; readonly added: string[] } {
  let written: () => void = () => undefined;
  const added: string[] = [];
  return {
    writableLength: 1,
    added,
    write: (text, callback) => {
      added.push(text);
      written = callback;
    },
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
    expect(output.added.join('')).toBe('');
  });

  test('has its code from the start, should Node come to an end before', () => {
    expect(leaving({ output: unread() }).process.exitCode).toBe(3);
  });

  test('asks nothing of an output that has been read', async () => {
    const output = { ...unread(), writableLength: 0 };
    const { clock, ends } = leaving({ output, atLeisure: true });
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
    await clock.advance(0);
    for (let looks = 0; looks < 99; looks += 1) await clock.advance(100);
    expect(ends).toEqual([]);
    await clock.advance(100);
    expect(ends).toEqual(['SIGKILL 7']);
  });
});
