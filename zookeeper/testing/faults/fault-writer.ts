import type { ZooKeeperClient } from '../../client.ts';
import type { ZooKeeperError } from '../../errors.ts';
import type { MultiOp } from '../../protocol/multi.ts';
import { FaultActor } from './fault-actor.ts';
import { isSame, nodeState, show, stateOf, type NodeState } from '../node-state.ts';
import { integerFrom, oneOf } from '../../../testing/seeded-random.ts';

/** What some paths are before a write and after it. */
interface Change {
  before: Map<string, NodeState>;
  after: Map<string, NodeState>;
}

const names = ['a', 'b', 'c', 'd', 'e'];
/**
 * Changes and reads its own subtree, one operation after another, and knows exactly what must be
 * there. Where a write's outcome is unknown it looks: before and after are the only answers.
 */
export class FaultWriter extends FaultActor {
  readonly #nodes = new Map<string, NodeState>();

  protected override async act(): Promise<void> {
    const actions = [
      ...[this.#create, this.#create, this.#setData, this.#setData, this.#delete],
      ...[this.#multi, this.#sequential, this.#wrongVersion],
      ...[this.#read, this.#readMany, this.#list, this.#sync],
    ];
    await oneOf(this.options.random, actions)();
  }

  override async verify(direct: ZooKeeperClient): Promise<void> {
    for (const [path, state] of this.#nodes) {
      const seen = await stateOf(direct, path);
      if (!isSame(seen, state)) this.complain(`${path} is ${show(seen)}, not ${show(state)}`);
    }
    const { children } = await direct.getChildren(this.options.root);
    const unexpected = children.filter((name) => this.#at(name) === null);
    if (unexpected.length > 0) this.complain(`nobody created ${unexpected.join(', ')}`);
  }

  readonly #create = async (): Promise<void> => {
    const name = oneOf(this.options.random, names);
    if (this.#at(name) !== null) return this.#delete();
    const path = this.#path(name);
    const data = this.#data();
    const change = this.#change([path, { version: 0, data }]);
    await this.#write(change, (client) => client.create(path, Buffer.from(data)));
  };

  readonly #setData = async (): Promise<void> => {
    const found = this.#some();
    if (found === undefined) return this.#create();
    const [path, { version }] = found;
    const data = this.#data();
    const expected = this.options.random() < 0.5 ? version : -1;
    const change = this.#change([path, { version: version + 1, data }]);
    await this.#write(change, async (client) => {
      const stat = await client.setData(path, Buffer.from(data), expected);
      if (stat.version !== version + 1) this.complain(`${path} got version ${stat.version}`);
    });
  };

  readonly #delete = async (): Promise<void> => {
    const found = this.#some();
    if (found === undefined) return;
    const [path, { version }] = found;
    await this.#write(this.#change([path, null]), (client) => client.delete(path, version));
  };

  /** Everything or nothing, also when nobody knows which. */
  readonly #multi = async (): Promise<void> => {
    const changes: [string, NodeState][] = [];
    const ops: MultiOp[] = [];
    for (const name of names.slice(0, integerFrom(this.options.random, 2, names.length))) {
      const path = this.#path(name);
      const state = this.#at(name);
      const data = this.#data();
      if (state === null) {
        ops.push({ type: 'create', path, data: Buffer.from(data) });
        changes.push([path, { version: 0, data }]);
      } else {
        const { version } = state;
        ops.push({ type: 'check', path, version });
        ops.push({ type: 'setData', path, data: Buffer.from(data), version });
        changes.push([path, { version: version + 1, data }]);
      }
    }
    await this.#write(this.#change(...changes), (client) => client.multi(ops));
  };

  /** The server chooses the name, so a lost answer is found by looking for a new one. */
  readonly #sequential = async (): Promise<void> => {
    const prefix = this.#path(`s${this.stepCount}-`);
    const data = this.#data();
    const mode = 'persistentSequential';
    const client = await this.options.client();
    let isUnknown = false;
    try {
      const { path } = await client.create(prefix, Buffer.from(data), { mode });
      this.options.count('done');
      this.#nodes.set(path, { version: 0, data });
    } catch (error) {
      isUnknown = this.judgeLoss(error);
    }
    const there = await this.recover(async (recovered) => {
      const { children } = await recovered.getChildren(this.options.root);
      return children.map((name) => this.#path(name)).filter((path) => path.startsWith(prefix));
    });
    const unknown = there.filter((path) => !this.#nodes.has(path));
    if (unknown.length > (isUnknown ? 1 : 0)) this.complain(`created ${unknown.join(', ')}`);
    for (const path of unknown) this.#nodes.set(path, { version: 0, data });
  };

  readonly #wrongVersion = async (): Promise<void> => {
    const found = this.#some();
    if (found === undefined) return;
    const [path, { version }] = found;
    const wrong = version + integerFrom(this.options.random, 1, 3);
    const refused = this.#write(this.#change(), async (client) => {
      await client.setData(path, null, wrong).then(
        () => {
          this.complain(`${path} took version ${wrong} for ${version}`);
        },
        (error: ZooKeeperError) => {
          if (error.code !== 'BadVersion') throw error;
          this.options.count('refused');
        },
      );
    });
    await refused;
  };

  readonly #read = async (): Promise<void> => {
    const name = oneOf(this.options.random, names);
    const path = this.#path(name);
    await this.reading(async (client) => {
      const seen = await stateOf(client, path);
      const state = this.#at(name);
      if (!isSame(seen, state)) this.complain(`${path} read ${show(seen)}, not ${show(state)}`);
    });
  };

  readonly #readMany = async (): Promise<void> => {
    await this.reading(async (client) => {
      const ops = names.map((name) => ({ type: 'getData', path: this.#path(name) }) as const);
      const { results } = await client.multiRead(ops);
      for (const [index, result] of results.entries()) {
        const name = names[index] ?? '';
        const isThere = result.type === 'getData';
        const seen = isThere ? nodeState(result.stat.version, result.data) : null;
        if (!isSame(seen, this.#at(name))) this.complain(`${name} read ${show(seen)} of many`);
      }
    });
  };

  readonly #list = async (): Promise<void> => {
    await this.reading(async (client) => {
      const { children } = await client.getChildren(this.options.root);
      const expected = [...this.#nodes].filter(([, state]) => state !== null);
      const missing = expected.filter(([path]) => !children.includes(path.split('/').at(-1) ?? ''));
      if (missing.length > 0 || children.length !== expected.length) {
        this.complain(`${children.length} children, not ${expected.length}`);
      }
    });
  };

  readonly #sync = async (): Promise<void> => {
    await this.reading((client) => client.sync(this.options.root));
  };

  async #write(
    { before, after }: Change,
    send: (client: ZooKeeperClient) => Promise<unknown>,
  ): Promise<void> {
    const client = await this.options.client();
    try {
      await send(client);
      this.options.count('done');
      this.#adopt(after);
    } catch (error) {
      if (!this.judgeLoss(error)) return;
      const seen = await this.recover(async (recovered) => {
        const states = [...after.keys()].map(
          async (path) => [path, await stateOf(recovered, path)] as const,
        );
        return new Map(await Promise.all(states));
      });
      const isIt = (states: Map<string, NodeState>): boolean =>
        [...states].every(([path, state]) => isSame(seen.get(path) ?? null, state));
      if (isIt(after)) this.#adopt(after);
      else if (!isIt(before)) this.complain(`neither before nor after: ${[...seen.keys()].join()}`);
    }
  }

  #change(...changes: [string, NodeState][]): Change {
    const before = changes.map(([path]) => [path, this.#nodes.get(path) ?? null] as const);
    return { before: new Map(before), after: new Map(changes) };
  }

  #adopt(states: Map<string, NodeState>): void {
    for (const [path, state] of states) this.#nodes.set(path, state);
  }

  #some(): [string, NonNullable<NodeState>] | undefined {
    const there = [...this.#nodes].filter(([, state]) => state !== null);
    return there.length === 0
      ? undefined
      : (oneOf(this.options.random, there) as [string, NonNullable<NodeState>]);
  }

  #at(name: string): NodeState {
    return this.#nodes.get(this.#path(name)) ?? null;
  }

  #path(name: string): string {
    return `${this.options.root}/${name}`;
  }

  #data(): string {
    const bytes = this.options.random() < 0.1 ? 3_000 : 10;
    return `${this.stepCount}`.padEnd(bytes, '.');
  }
}
