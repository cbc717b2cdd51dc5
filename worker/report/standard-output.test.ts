import { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { OutputClosed, StandardOutput } from './standard-output.ts';

/** A stream whose writes fail with this code. */
function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done(Object.assign(new Error(code), { code }));
    },
  });
}

describe('standard output', () => {
  test('keeps whoever prints waiting while its reader is behind', async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const output = new StandardOutput(stream);
    expect(output.print('ab')).toBeNull();
    const waiting = output.print('cdef');
    expect(waiting).not.toBeNull();
    expect(stream.read()).toEqual(Buffer.from('abcdef'));
    await waiting;
    await expect(output.failure()).resolves.toBeNull();
  });

  test('tells of a full disk', async () => {
    const output = new StandardOutput(failing('ENOSPC'));
    await output.print('a');
    await expect(output.failure()).resolves.toMatchObject({ code: 'ENOSPC' });
    expect(() => output.print('b')).toThrow(OutputClosed);
  });

  test('tells of a disk that was full at the last write, though nobody waited for that', async () => {
    const output = new StandardOutput(failing('ENOSPC'));
    void output.print('a');
    await expect(output.failure()).resolves.toMatchObject({ code: 'ENOSPC' });
  });

  test('tells of the first failure, whatever follows from it', async () => {
    const stream = Object.assign(new EventEmitter(), { write: () => true });
    const output = new StandardOutput(stream);
    for (const code of ['ENOSPC', 'EPIPE'])
      stream.emit('error', Object.assign(new Error(), { code }));
    await expect(output.failure()).resolves.toMatchObject({ code: 'ENOSPC' });
  });

  test('keeps nobody waiting for a write that fails on the spot', async () => {
    const stream = Object.assign(new EventEmitter(), {
      write: () => !stream.emit('error', new Error('broken')),
    });
    await new StandardOutput(stream).print('a');
    expect(stream.listenerCount('error')).toBe(1);
  });

  test('takes a reader that leaves for no failure, and prints no more', async () => {
    const output = new StandardOutput(failing('EPIPE'));
    await output.print('a');
    await expect(output.failure()).resolves.toBeNull();
    expect(() => output.print('b')).toThrow(OutputClosed);
  });

  test('keeps nobody waiting for a reader that has left', async () => {
    const stream = new Writable({ highWaterMark: 1, write: () => undefined });
    const output = new StandardOutput(stream);
    const waiting = output.print('a');
    stream.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    await waiting;
    expect(() => output.print('b')).toThrow(OutputClosed);
  });
});
