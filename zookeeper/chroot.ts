import { checkPath } from './path.ts';

/**
 * The path that all paths of a client are below, and the way there and back. Translation happens
 * at the client's edge: everything inside knows absolute paths only.
 */
export class Chroot {
  readonly #prefix: string;

  /** @param prefix absolute path without a slash at its end; empty for none */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get isNone(): boolean {
    return this.#prefix === '';
  }

  /** @throws BadArguments for a path that no server accepts */
  absolute(path: string): string {
    checkPath(path);
    if (this.#prefix === '') return path;
    return path === '/' ? this.#prefix : this.#prefix + path;
  }

  /** Paths outside the chroot, such as those of `/zookeeper`, stay as they are (ZOOKEEPER-4565). */
  relative(path: string): string {
    const prefix = this.#prefix;
    if (prefix === '') return path;
    if (path === prefix) return '/';
    return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  }
}
