import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { startBlackHole, startFrameProxy } from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { startWorker, type WorkerExit } from './run-worker.ts';
import { argumentsWith, destinationServer, secret, source } from './two-clusters.ts';
import { put } from './znodes.ts';

/** A place where a run stands still, because something that it waits for never comes. */
export interface Stage {
  readonly name: string;
  /** The outcome where it is told to stop there, if not that it was. */
  readonly endsWith?: 'Success';
  arrange(): Promise<Arrangement>;
}

interface Arrangement extends AsyncDisposable {
  readonly args: Partial<SynchronizeArguments>;
  readonly nodeOptions?: readonly string[];
  /** Whether the run has come there. */
  isReached(): boolean;
}

const OPCODES = { create: 1, multi: 14, multiRead: 22, sasl: 102, closeSession: -11 } as const;

/** Everything up to the first request of this kind passes, or up to one that comes after another. */
function heldAt(
  opcode: keyof typeof OPCODES,
  options: { after?: keyof typeof OPCODES; args?: () => Partial<SynchronizeArguments> } = {},
): Stage['arrange'] {
  return async () => {
    let isReached = false;
    let isDue = options.after === undefined;
    const proxy = await startFrameProxy({
      target: destinationServer,
      judge: ({ direction, index, payload }) => {
        if (direction === 'replies' || index === 0) return 'pass';
        const found = payload.readInt32BE(4);
        if (isReached || (isDue && found === OPCODES[opcode])) {
          isReached = true;
          return 'stall';
        }
        if (options.after !== undefined && found === OPCODES[options.after]) isDue = true;
        return 'pass';
      },
    });
    return {
      args: { destinationServers: [proxy.address], ...options.args?.() },
      isReached: () => isReached,
      [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
    };
  };
}

/** A server that takes connections and says nothing. */
function silence(args: Partial<SynchronizeArguments>): Stage['arrange'] {
  return async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      args: { destinationServers: [address], ...args },
      isReached: () => sockets.length > 0,
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  };
}

/** Code that a worker runs before its own. */
function preloaded(code: string, args: Partial<SynchronizeArguments>): Arrangement {
  const dir = mkdtempSync(join(tmpdir(), 'preload-'));
  const file = join(dir, 'preload.cjs');
  writeFileSync(file, code);
  return {
    args,
    nodeOptions: [`--require=${file}`],
    isReached: () => true,
    [Symbol.asyncDispose]: () => {
      rmSync(dir, { recursive: true });
      return Promise.resolve();
    },
  };
}

/** Every stage of a run, in order. */
export const STAGES: readonly Stage[] = [
  {
    name: 'the lookup of a name',
    arrange: () =>
      Promise.resolve(
        preloaded(`require('node:dns').lookup = () => undefined;`, {
          destinationServers: ['zookeeper.test:2181'],
        }),
      ),
  },
  {
    name: 'connecting',
    arrange: async () => {
      const hole = await startBlackHole();
      return {
        args: { destinationServers: [hole.address] },
        isReached: () => true,
        [Symbol.asyncDispose]: () => hole.close(),
      };
    },
  },
  { name: 'the TLS handshake', arrange: silence({ destinationTls: true }) },
  { name: 'the handshake', arrange: silence({}) },
  {
    name: 'SASL',
    arrange: heldAt('sasl', {
      args: () => ({
        destinationCredentialsDir: secret({ user: 'admin', password: 'password' }),
      }),
    }),
  },
  { name: 'the first multiRead', arrange: heldAt('multiRead') },
  { name: 'taking the fence', arrange: heldAt('create') },
  { name: 'comparing', arrange: heldAt('multiRead', { after: 'create' }) },
  { name: 'applying', arrange: heldAt('multi', { after: 'multiRead' }) },
  { name: 'verifying', arrange: heldAt('multiRead', { after: 'multi' }) },
  { name: 'closing', endsWith: 'Success', arrange: heldAt('closeSession') },
];

/** A lookup that keeps a thread of the process for ever: it opens a pipe that nobody writes to. */
export function kept(pipe: string): Stage {
  const code = `require('node:dns').lookup = () => require('node:fs').readFile(${JSON.stringify(pipe)}, () => undefined);`;
  const args = { destinationServers: ['zookeeper.test:2181'] };
  return {
    name: 'a lookup that does not end',
    arrange: () => Promise.resolve(preloaded(code, args)),
  };
}

/** What a loop can stand still in: work without end, or a call of the system that does not come back. */
export const STANDSTILLS = {
  work: () => 'for (;;);',
  system: (pipe: string) => `require('node:fs').readFileSync(${JSON.stringify(pipe)});`,
} as const;

export interface StandstillOptions {
  /** Where the run is meanwhile; default: connecting. */
  readonly at?: string;
  /** Only once the run is to end, and its watchdog knows. */
  readonly isStopped?: boolean;
}

/**
 * The loop stands still once its watchdog has heard of it for the second time.
 *
 * @param code what it stands still in
 */
export function standingStill(
  code: string,
  { at = 'connecting', isStopped = false }: StandstillOptions = {},
): Stage {
  const stage = STAGES.find(({ name }) => name === at);
  if (stage === undefined) throw new Error(`no stage ${at}`);
  return {
    name: 'a loop that stands still',
    arrange: async () => {
      const dir = mkdtempSync(join(tmpdir(), 'standstill-'));
      const mark = join(dir, 'stands-still');
      const place = await stage.arrange();
      const file = join(dir, 'preload.cjs');
      writeFileSync(file, standstillCode({ code, mark, isStopped }));
      return {
        args: place.args,
        nodeOptions: [`--require=${file}`],
        isReached: () => (isStopped ? place.isReached() : existsSync(mark)),
        [Symbol.asyncDispose]: async () => {
          rmSync(dir, { recursive: true });
          await place[Symbol.asyncDispose]();
        },
      };
    },
  };
}

function standstillCode(options: { code: string; mark: string; isStopped: boolean }): string {
  const { code, mark, isStopped } = options;
  return `
    const { Worker } = require('node:worker_threads');
    const { postMessage } = Worker.prototype;
    let beats = 0;
    Worker.prototype.postMessage = function (beat) {
      postMessage.call(this, beat);
      beats += 1;
      if (beats < 2 || ${isStopped} && beat.stop === null) return;
      require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');
      ${code}
    };`;
}

export type Stop = 'SIGTERM' | 'deadline';

/** Time enough to come to any stage. */
const DEADLINE_SECONDS = 4;

/** Runs a worker to the stage, tells it to stop there, and waits until its process is gone. */
export async function stopAt(stage: Stage, stop: Stop, rootPath: string): Promise<WorkerExit> {
  await using place = await stage.arrange();
  const words = synchronizeCommandLine(
    argumentsWith({
      ...place.args,
      rootPath,
      writerId: stage.name,
      ...(stop === 'deadline' ? { deadlineSeconds: DEADLINE_SECONDS } : {}),
    }),
  );
  const { nodeOptions = [] } = place;
  const worker = await startWorker(words, { nodeOptions });
  await worker.logged('synchronize');
  if (stop === 'SIGTERM') {
    await eventually(() => place.isReached(), {
      timeoutMs: 60_000,
      description: `a run at: ${stage.name}`,
    });
    worker.kill('SIGTERM');
  }
  return await worker.exited;
}

/** How a run ended that was stopped, and how it should have. */
export interface StoppedAt {
  readonly exit: WorkerExit;
  readonly code: number;
  readonly outcome: string;
}

const ENDS = {
  SIGTERM: { code: 44, outcome: 'Terminated' },
  deadline: { code: 45, outcome: 'DeadlineExceeded' },
} as const;

/** Stops a run at each stage, all at the same time: what each of them does is to wait. */
export async function stopEach(
  orders: readonly { readonly stage: Stage; readonly stop: Stop }[],
): Promise<readonly StoppedAt[]> {
  return await Promise.all(
    orders.map(async ({ stage, stop }) => {
      const rootPath = `/stopping-${stop}-${STAGES.indexOf(stage)}`;
      await put(source, { [`${rootPath}/a`]: 'a', [`${rootPath}/b`]: 'b' });
      const exit = await stopAt(stage, stop, rootPath);
      return {
        exit,
        ...(stage.endsWith === 'Success' ? { code: 0, outcome: 'Success' } : ENDS[stop]),
      };
    }),
  );
}
