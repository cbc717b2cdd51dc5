import {
  connect,
  type MultiOp,
  type ReadOp,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import {
  requestCount,
  workloadBatches,
  workloadPaths,
  znodeData,
  type OperationName,
  type Workload,
} from '../workload.ts';
import { keepInFlight, type Contender } from './contender.ts';

type Call = (path: string) => Promise<unknown>;

function singleCall(client: ZooKeeperClient, operation: OperationName): Call {
  switch (operation) {
    case 'getData':
      return (path) => client.getData(path);
    case 'exists':
      return (path) => client.exists(path);
    case 'setData':
      return (path) => client.setData(path, znodeData);
    case 'create':
      return (path) => client.create(path, znodeData);
  }
}

function prepareSingle(client: ZooKeeperClient, workload: Workload): () => Promise<void> {
  const paths = workloadPaths(workload);
  const call = singleCall(client, workload.operation);
  return () => keepInFlight(workload, (index) => call(paths[index % paths.length] ?? ''));
}

function prepareMulti(client: ZooKeeperClient, workload: Workload): () => Promise<void> {
  const batches = workloadBatches(workload).map((paths) =>
    paths.map((path): MultiOp => ({ type: 'create', path, data: znodeData })),
  );
  const { inFlight } = workload;
  return () =>
    keepInFlight({ count: batches.length, inFlight }, (index) =>
      client.multi(batches[index] ?? []),
    );
}

function prepareMultiRead(client: ZooKeeperClient, workload: Workload): () => Promise<void> {
  const batches = workloadBatches(workload).map((paths) =>
    paths.map((path): ReadOp => ({ type: 'getData', path })),
  );
  const window = { count: requestCount(workload), inFlight: workload.inFlight };
  return () =>
    keepInFlight(window, (index) => client.multiRead(batches[index % batches.length] ?? []));
}

/** The client of this repository. */
export async function connectOwn(address: string): Promise<Contender> {
  const client = await connect({ servers: address });
  return {
    prepare: (workload) => {
      if (workload.batch === 1) return Promise.resolve(prepareSingle(client, workload));
      const isWrite = workload.operation === 'create';
      return Promise.resolve((isWrite ? prepareMulti : prepareMultiRead)(client, workload));
    },
    close: () => client.close(),
  };
}
