import { connect, type MultiOp, type ZooKeeperClient } from '../../zookeeper/index.ts';
import type { ContenderProcess } from './contender-process.ts';
import type { Measurement } from './measurement.ts';
import type { Scenario } from './scenarios.ts';
import { readThreadTimes, spentBetween, type ServerCpu } from '../common/server-cpu.ts';
import { requestCount, ZNODE_COUNT, znodeData, znodePath, type Workload } from './workload.ts';

export interface Run extends Measurement {
  readonly operations: number;
  readonly server: ServerCpu;
}

const znodesRoot = '/bench';
const createRoot = '/created';
const BATCH = 500;

/** The server that is measured against, as far as this process uses it itself. */
export class Arena implements AsyncDisposable {
  readonly #client: ZooKeeperClient;
  readonly #serverPid: number;

  constructor(client: ZooKeeperClient, serverPid: number) {
    this.#client = client;
    this.#serverPid = serverPid;
  }

  /** Lets one contender do its part of a scenario, and makes sure that it did. */
  async run(scenario: Scenario, contender: ContenderProcess, scale = 1): Promise<Run> {
    const isCreate = scenario.operation === 'create';
    const load = scenario.loads[contender.name];
    const root = isCreate ? createRoot : znodesRoot;
    const count = Math.ceil((load.count * scale) / load.batch) * load.batch;
    const workload: Workload = { ...load, count, operation: scenario.operation, root };
    if (isCreate) await this.#client.create(createRoot, null);
    const before = await readThreadTimes(this.#serverPid);
    const measurement = await contender.run(workload);
    const server = spentBetween(before, await readThreadTimes(this.#serverPid));
    if (isCreate) await this.#removeCreated(workload);
    return { ...measurement, operations: requestCount(workload) * load.batch, server };
  }

  async populate(): Promise<void> {
    await this.#client.create(znodesRoot, null);
    await this.#inBatches(ZNODE_COUNT, (index) => ({
      type: 'create',
      path: znodePath(znodesRoot, index),
      data: znodeData,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  /** A missing one fails its batch: so every contender is seen to have created what it was to. */
  async #removeCreated({ count }: Workload): Promise<void> {
    await this.#inBatches(count, (index) => ({
      type: 'delete',
      path: znodePath(createRoot, index),
    }));
    await this.#client.delete(createRoot);
  }

  async #inBatches(count: number, step: (index: number) => MultiOp): Promise<void> {
    const requests: Promise<unknown>[] = [];
    for (let start = 0; start < count; start += BATCH) {
      const length = Math.min(BATCH, count - start);
      const steps = Array.from({ length }, (_, offset) => step(start + offset));
      requests.push(this.#client.multi(steps));
    }
    await Promise.all(requests);
  }
}

export async function openArena(address: string, serverPid: number): Promise<Arena> {
  return new Arena(await connect({ servers: address }), serverPid);
}
