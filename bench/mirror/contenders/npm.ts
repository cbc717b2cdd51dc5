import { loadNative, type NativeClient } from '../../../zookeeper/testing/index.ts';

/** Requests on their way to one side, as many as servers take before they throttle. */
const IN_FLIGHT = 1_000;

/** Lets so many calls run at once; the others wait for their turn. */
class Window {
  readonly #waiting: (() => void)[] = [];
  #free = IN_FLIGHT;

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

interface Side {
  readonly client: NativeClient;
  readonly window: Window;
}

const read = async ({ client, window }: Side, path: string): Promise<Buffer | null> => {
  const [, data] = await window.run(() => client.get(path, false));
  return data;
};

const list = async ({ client, window }: Side, path: string): Promise<string[]> => {
  const [names] = await window.run(() => client.get_children2(path, false));
  return names;
};

/** Copies a tree to where nothing is: read, create, list, and all children at once. */
async function copy(source: Side, destination: Side, path: string): Promise<void> {
  const data = await read(source, path);
  const { client, window } = destination;
  await window.run(() => client.create(path, data ?? Buffer.alloc(0), 0));
  const names = await list(source, path);
  await Promise.all(names.map((name) => copy(source, destination, `${path}/${name}`)));
}

/** The same where a copy is: writes only what differs. */
async function again(source: Side, destination: Side, path: string): Promise<void> {
  const [wanted, found] = await Promise.all([read(source, path), read(destination, path)]);
  const data = wanted ?? Buffer.alloc(0);
  const { client, window } = destination;
  if (!data.equals(found ?? Buffer.alloc(0))) await window.run(() => client.set(path, data, -1));
  const [names, there] = await Promise.all([list(source, path), list(destination, path)]);
  const known = new Set(there);
  await Promise.all(
    names.map((name) => (known.has(name) ? again : copy)(source, destination, `${path}/${name}`)),
  );
}

/** A straightforward copier on npm `zookeeper`: recursive, everything at once, two passes in one. */
export async function runNpm(
  job: 'copy' | 'again',
  addresses: readonly [string, string],
  root: string,
): Promise<void> {
  const [source, destination] = await Promise.all(addresses.map(openSide));
  if (!source || !destination) throw new Error('two addresses are needed');
  await (job === 'copy' ? copy : again)(source, destination, root);
  source.client.close();
  destination.client.close();
}

async function openSide(address: string): Promise<Side> {
  const connect = await loadNative();
  if (connect === null) throw new Error('the addon of npm zookeeper was not compiled');
  return { client: await connect(address), window: new Window() };
}
