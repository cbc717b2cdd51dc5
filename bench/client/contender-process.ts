import { fork, type ChildProcess } from 'node:child_process';
import { bundleProgram } from '../../scripts/bundle/bundle-program.ts';
import type { ContenderName } from './contenders/contender.ts';
import type { Measurement } from './measurement.ts';
import type { Workload } from './workload.ts';

const bundleFile = '.cache/bench/client-contender.js';

export async function bundleContenders(): Promise<void> {
  await bundleProgram('bench/client/contender-main.ts', bundleFile);
}

/** A contender in a process of its own, so that CPU time, garbage and compiled code are its own. */
export class ContenderProcess {
  readonly name: ContenderName;
  readonly #child: ChildProcess;

  constructor(name: ContenderName, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  async run(workload: Workload): Promise<Measurement> {
    this.#child.send(workload);
    return (await nextMessage(this.name, this.#child)) as Measurement;
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await exited;
  }
}

async function nextMessage(name: ContenderName, child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`contender ${name} ended with exit code ${code ?? 'none'}`));
    };
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message);
    });
  });
}

/** @param nodeFlags besides those that every contender gets */
export async function startContender(
  name: ContenderName,
  address: string,
  nodeFlags: readonly string[] = [],
): Promise<ContenderProcess> {
  const execArgv = ['--expose-gc', ...nodeFlags];
  const child = fork(bundleFile, [name, address], { execArgv });
  await nextMessage(name, child);
  return new ContenderProcess(name, child);
}
