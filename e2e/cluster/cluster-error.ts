/** A failure that the person at the terminal can act on: its message says what happened and what to do. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}
