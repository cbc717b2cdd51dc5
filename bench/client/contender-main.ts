/** One contender in a process of its own: runs the workloads that its parent names. */
import type { Contender, ContenderName } from './contenders/contender.ts';
import { connectNative } from './contenders/native.ts';
import { connectOwn } from './contenders/own.ts';
import { connectRaw } from './contenders/raw.ts';
import { measure } from './measurement.ts';
import type { Workload } from './workload.ts';

const connectors: Record<ContenderName, (address: string) => Promise<Contender>> = {
  own: connectOwn,
  native: connectNative,
  raw: connectRaw,
};

const [name = '', address = ''] = process.argv.slice(2);
const contender = await connectors[name as ContenderName](address);

process.on('message', (workload: Workload) => {
  void run(workload);
});

process.once('disconnect', () => {
  void contender.close().then(() => process.exit());
});

process.send?.('ready');

async function run(workload: Workload): Promise<void> {
  const work = await contender.prepare(workload);
  process.send?.(await measure(work));
}
