import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { WorkerFailure } from '../../failure.ts';

/**
 * A temporary file that only this process knows; synchronous, for it is local and read in bulk. It has
 * no name from the moment it is open, so that nothing stays behind however the process ends.
 *
 * Every method throws a {@link WorkerFailure} (`TemporaryFileFailed`) where the system refuses.
 */
export class SpillFile {
  readonly #parentDir: string;
  readonly #descriptor: number;
  #bytes = 0;

  constructor(parentDir: string) {
    this.#parentDir = parentDir;
    this.#descriptor = orFailure('made', parentDir, () => openWithoutName(parentDir));
  }

  append(segment: Buffer): number {
    const offset = this.#bytes;
    orFailure('written', this.#parentDir, () => {
      for (let done = 0; done < segment.length;) {
        done += writeSync(this.#descriptor, segment, done, segment.length - done, offset + done);
      }
    });
    this.#bytes += segment.length;
    return offset;
  }

  read(offset: number, length: number): Buffer {
    const segment = Buffer.allocUnsafe(length);
    orFailure('read', this.#parentDir, () => {
      for (let done = 0; done < length;) {
        const count = readSync(this.#descriptor, segment, done, length - done, offset + done);
        if (count === 0) throw new Error('the file of differences was cut short');
        done += count;
      }
    });
    return segment;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function openWithoutName(parentDir: string): number {
  const dir = mkdtempSync(join(parentDir, 'resiliency-worker-'));
  try {
    return openSync(join(dir, 'differences'), 'wx+', 0o600);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function orFailure<T>(what: 'made' | 'written' | 'read', parentDir: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    const message =
      `There are more differences than memory is for, and the temporary file for the rest cannot be ${what} in ${parentDir} (${code}): ` +
      'make room there and let the worker write there, name another directory (TMPDIR), or raise spec.config.maxBufferBytes (--max-buffer-bytes), so that none is needed.';
    throw new WorkerFailure('TemporaryFileFailed', message, { cause });
  }
}
