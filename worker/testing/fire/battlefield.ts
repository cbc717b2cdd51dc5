import { synchronizeCommandLine } from '../../../api/options/command-line.ts';
import type { ZooKeeperClient } from '../../../zookeeper/index.ts';
import {
  startFaultProxy,
  startZooKeeperServer,
  TransactionLog,
  type FaultPlan,
  type ProxyServer,
  type ZooKeeperServer,
} from '../../../zookeeper/testing/index.ts';
import { startWorker, type RunningWorker } from '../run-worker.ts';
import { open } from '../znodes.ts';

/** Small ticks, so that a session ends soon after its timeout. */
const SERVER_CONFIG = { tickTime: 200, maxSessionTimeout: 60_000 };
/** The holder of a run that was killed is gone after this long. */
const SESSION_SECONDS = 2;
/** For a run that nobody disturbs, however busy the machine is. */
const PATIENT_SESSION_SECONDS = 30;

/** One cluster of the two: a server, the line that workers reach it by, and a client beside that. */
export interface Front {
  readonly server: ZooKeeperServer;
  readonly proxy: ProxyServer;
  readonly client: ZooKeeperClient;
  readonly log: TransactionLog;
  /** Faults of the connections that are made from now on. */
  plan: FaultPlan;
}

export interface StartOptions {
  readonly root: string;
  readonly writerId?: string;
  /** Its sessions outlive a pause of the machine. */
  readonly isPatient?: boolean;
}

/** Two servers, each behind a proxy that only the workers go through. */
export class Battlefield implements AsyncDisposable {
  readonly source: Front;
  readonly destination: Front;

  constructor(source: Front, destination: Front) {
    this.source = source;
    this.destination = destination;
  }

  get fronts(): readonly Front[] {
    return [this.source, this.destination];
  }

  start({ root, writerId = 'plan-a', isPatient = false }: StartOptions): Promise<RunningWorker> {
    const seconds = isPatient ? PATIENT_SESSION_SECONDS : SESSION_SECONDS;
    return startWorker(
      synchronizeCommandLine({
        sourceServers: [this.source.proxy.address],
        destinationServers: [this.destination.proxy.address],
        rootPath: root,
        writerId,
        sourceSessionTimeoutSeconds: seconds,
        destinationSessionTimeoutSeconds: seconds,
        deletionMaxPercent: 100,
      }),
    );
  }

  /** Ends whatever was done to lines and servers. */
  async calm(): Promise<void> {
    for (const front of this.fronts) {
      front.plan = () => null;
      front.proxy.resume();
      await front.server.kill('SIGCONT');
      // On a line that fell silent for good nothing would ever come again.
      front.proxy.cut();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, proxy, server } of this.fronts) {
      await client.close();
      await proxy.close();
      await server.stop();
    }
  }
}

/** Starts both sides. */
export async function startBattlefield(): Promise<Battlefield> {
  return new Battlefield(await startFront(), await startFront());
}

async function startFront(): Promise<Front> {
  const server = await startZooKeeperServer({ extraConfig: SERVER_CONFIG });
  const front: { plan: FaultPlan } = { plan: () => null };
  const proxy = await startFaultProxy({ target: server, plan: () => front.plan() });
  const client = await open(server);
  const log = new TransactionLog(server.dataDir);
  return Object.assign(front, { server, proxy, client, log });
}
