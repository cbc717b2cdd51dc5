import {
  TransactionLog,
  type LoggedChange,
  type LoggedNodeType,
} from '../../zookeeper/testing/index.ts';

/** A znode as it stands in a server's own log: no client sees all of it. */
export interface RecordedZnode {
  readonly path: string;
  /** Base64; null for null data. */
  readonly data: string | null;
  readonly kind: 'Persistent' | 'Ephemeral' | LoggedNodeType['type'];
  readonly ttlMs?: number;
  /** How often its data was written after its creation. */
  readonly version: number;
  /** How many children it has ever had: the number that its next sequential child gets. */
  readonly counter: number;
}

interface Znode {
  data: Buffer | null;
  version: number;
  counter: number;
  readonly isEphemeral: boolean;
  readonly nodeType: LoggedNodeType | null;
  readonly sessionId: bigint;
}

/** Follows a server by its log, and knows the tree with the kinds that clients cannot tell apart. */
export class TreeRecorder {
  readonly #log: TransactionLog;
  readonly #znodes = new Map<string, Znode>();

  /** @param dataDir of a server that began empty */
  constructor(dataDir: string) {
    this.#log = new TransactionLog(dataDir);
  }

  /** Catches up with the server, and tells the changes since the last time. */
  async catchUp(): Promise<LoggedChange[]> {
    const transactions = await this.#log.read();
    for (const { sessionId, changes, closesSession } of transactions) {
      for (const change of changes) this.#apply(change, sessionId);
      if (closesSession) this.#endSession(sessionId);
    }
    return transactions.flatMap(({ changes }) => changes);
  }

  /** What stands there, in order of paths. */
  get tree(): readonly RecordedZnode[] {
    return [...this.#znodes]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, { data, version, counter, isEphemeral, nodeType }]) => ({
        path,
        data: data?.toString('base64') ?? null,
        kind: nodeType?.type ?? (isEphemeral ? 'Ephemeral' : 'Persistent'),
        ...(nodeType?.type === 'TTL' && { ttlMs: nodeType.ttlMs }),
        version,
        counter,
      }));
  }

  #apply(change: LoggedChange, sessionId: bigint): void {
    const { path } = change;
    if (change.kind === 'delete') {
      this.#znodes.delete(path);
    } else if (change.kind === 'create') {
      const { data, isEphemeral, nodeType = null } = change;
      this.#znodes.set(path, { data, version: 0, counter: 0, isEphemeral, nodeType, sessionId });
      const parent = this.#znodes.get(path.slice(0, path.lastIndexOf('/')));
      if (parent !== undefined) parent.counter += 1;
    } else {
      const znode = this.#znodes.get(path);
      if (znode === undefined) return;
      znode.data = change.data;
      znode.version += 1;
    }
  }

  #endSession(ended: bigint): void {
    for (const [path, { isEphemeral, sessionId }] of this.#znodes) {
      if (isEphemeral && sessionId === ended) this.#znodes.delete(path);
    }
  }
}
