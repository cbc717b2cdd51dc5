import { loadNative, type NativeClient } from '../../../zookeeper/testing/index.ts';
import { workloadPaths, znodeData, type OperationName, type Workload } from '../workload.ts';
import { keepInFlight, type Contender } from './contender.ts';

function singleCall(
  client: NativeClient,
  operation: OperationName,
): (path: string) => Promise<unknown> {
  switch (operation) {
    case 'getData':
      return (path) => client.get(path, false);
    case 'exists':
      return (path) => client.exists(path, false);
    case 'setData':
      return (path) => client.set(path, znodeData, -1);
    case 'create':
      return (path) => client.create(path, znodeData, 0);
  }
}

/** The npm package `zookeeper`: the C library behind promises. It knows no multi. */
export async function connectNative(address: string): Promise<Contender> {
  const connect = await loadNative();
  if (connect === null) throw new Error('the addon of npm zookeeper was not compiled');
  const client = await connect(address);
  return {
    prepare: (workload: Workload) => {
      const paths = workloadPaths(workload);
      const call = singleCall(client, workload.operation);
      return Promise.resolve(() =>
        keepInFlight(workload, (index) => call(paths[index % paths.length] ?? '')),
      );
    },
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}
