import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { surviveBrokenOutput, type ProcessOutputs } from './broken-output.ts';

function outputs(): { process: ProcessOutputs & { stdout: Writable }; said: string[] } {
  const said: string[] = [];
  const stdout = new Writable();
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      said.push(chunk.toString());
      done();
    },
  });
  const process = { stdout, stderr };
  surviveBrokenOutput(process);
  return { process, said };
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: write`), { code });
}

describe('an output that cannot be written', () => {
  test('because its reader went, is nothing to speak of', () => {
    const { process, said } = outputs();
    process.stdout.emit('error', failure('EPIPE'));
    expect(said).toEqual([]);
    expect(process.exitCode).toBeUndefined();
  });

  test('because a disk is full, is told once, and in the exit code', () => {
    const { process, said } = outputs();
    process.stdout.emit('error', failure('ENOSPC'));
    process.stdout.emit('error', failure('ENOSPC'));
    expect(said).toEqual([
      'Standard output cannot be written (ENOSPC): make room where it goes to. What would have stood there is lost.\n',
    ]);
    expect(process.exitCode).toBe(1);
  });
});
