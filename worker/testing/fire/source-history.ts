import { isAtOrBelow } from '../../../api/znode-path.ts';
import type { LoggedChange, LoggedTransaction } from '../../../zookeeper/testing/index.ts';
import type { Znodes } from '../znodes.ts';

/** What a persistent znode holds; undefined for none, or an ephemeral one. */
type Value = string | null | undefined;

interface Version {
  readonly zxid: bigint;
  readonly value: Value;
}

/** Every value that every znode below a root ever had, by the log of the source's server. */
export class SourceHistory {
  readonly #root: string;
  readonly #versions = new Map<string, Version[]>();
  readonly #ephemerals = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Takes transactions in the order in which they took effect. */
  see(transactions: readonly LoggedTransaction[]): void {
    for (const { zxid, changes } of transactions) {
      for (const change of changes) {
        if (isAtOrBelow(change.path, this.#root)) this.#follow(change, zxid);
      }
    }
  }

  /**
   * The paths at which a copy holds something that the source had neither at a zxid nor later,
   * which no success may leave behind.
   */
  pathsNotHeldSince(zxid: bigint, copy: Znodes): string[] {
    const paths = new Set([...this.#versions.keys(), ...Object.keys(copy)]);
    return [...paths].filter((path) => !this.#hadSince(zxid, path, copy[path])).sort();
  }

  #follow(change: LoggedChange, zxid: bigint): void {
    const { path } = change;
    const versions = this.#versions.get(path) ?? [{ zxid: 0n, value: undefined }];
    this.#versions.set(path, versions);
    versions.push({ zxid, value: this.#valueAfter(change) });
  }

  #valueAfter(change: LoggedChange): Value {
    if (change.kind === 'delete') return undefined;
    if (change.kind === 'create' && change.isEphemeral) this.#ephemerals.add(change.path);
    else if (change.kind === 'create') this.#ephemerals.delete(change.path);
    if (this.#ephemerals.has(change.path)) return undefined;
    return change.data?.toString() ?? null;
  }

  /** A version holds until the next one takes effect. */
  #hadSince(zxid: bigint, path: string, value: Value): boolean {
    const versions = this.#versions.get(path) ?? [{ zxid: 0n, value: undefined }];
    return versions.some((version, index) => {
      const next = versions[index + 1];
      return version.value === value && (next === undefined || next.zxid > zxid);
    });
  }
}
