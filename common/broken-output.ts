/** The standard streams of a process. */
export interface ProcessOutputs {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  exitCode?: number | string | null | undefined;
}

/** Exit code where what was to be printed is lost. */
const LOST = 1;

/**
 * Lets a process go on whose output nobody takes any more: a reader that went away (`| head`), a full
 * disk. Without this, Node ends it with a stack trace. Of a disk it says so on standard error, once, and has
 * the process end with 1 unless somebody says otherwise; a reader knows that it went.
 */
export function surviveBrokenOutput(outputs: ProcessOutputs): void {
  const { stdout, stderr } = outputs;
  let isTold = false;
  stderr.on('error', () => undefined);
  stdout.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    if (isTold || code === 'EPIPE') return;
    isTold = true;
    outputs.exitCode = LOST;
    stderr.write(
      `Standard output cannot be written (${code}): make room where it goes to. What would have stood there is lost.\n`,
    );
  });
}
