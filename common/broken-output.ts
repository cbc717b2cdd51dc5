/** The standard streams of a process. */
export interface ProcessOutputs {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Lets a process go on whose output nobody takes any more: a reader that went away (`| head`), a full
 * disk. Without this, Node ends it with a stack trace. Of a disk it says so on standard error, once;
 * a reader knows that it went.
 */
export function surviveBrokenOutput({ stdout, stderr }: ProcessOutputs): void {
  let isTold = false;
  stderr.on('error', () => undefined);
  stdout.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    if (isTold || code === 'EPIPE') return;
    isTold = true;
    stderr.write(
      `Standard output cannot be written (${code}): make room where it goes to. What would have stood there is lost.\n`,
    );
  });
}
