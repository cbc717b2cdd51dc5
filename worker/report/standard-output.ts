/** A stream that somebody else reads. */
export interface OutputStream {
  write(text: string): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: 'drain', listener: () => void): unknown;
}

/** Nothing more can be printed. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** Where `diff` prints: its reader may be slow, may leave before the end, or have no room. */
export class StandardOutput {
  readonly #stream: OutputStream;
  #failure: NodeJS.ErrnoException | null = null;
  #wake: () => void = () => undefined;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#failure ??= error;
      this.#wake();
    });
  }

  /**
   * @returns null, or what to wait for before more is printed: the reader is behind
   * @throws OutputClosed
   */
  print(text: string): Promise<void> | null {
    if (this.#failure !== null) throw new OutputClosed();
    if (this.#stream.write(text)) return null;
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#stream.once('drain', resolve);
      if (this.#failure !== null) resolve();
    });
  }

  /** Why not everything could be printed; null if it could, or if the reader wanted no more of it. */
  async failure(): Promise<NodeJS.ErrnoException | null> {
    // That of the last write is told in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    return this.#failure?.code === 'EPIPE' ? null : this.#failure;
  }
}
