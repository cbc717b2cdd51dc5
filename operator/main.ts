import { KubeConfig } from '@kubernetes/client-node';
import { surviveBrokenOutput } from '../common/broken-output.ts';
import { systemClock } from '../common/clock.ts';
import { createLogger, type Logger } from '../common/logger.ts';
import { logProcessWarnings } from '../common/process-warnings.ts';
import { parseConfig, processSurroundings, VERSION, type OperatorConfig } from './config.ts';
import type { ControllerContext } from './controllers/context.ts';
import { databaseController } from './controllers/database/build.ts';
import { notProbedControllers } from './controllers/not-probed/build.ts';
import { synchronizationControllers } from './controllers/synchronization/build.ts';
import { synchronizationPlanControllers } from './controllers/synchronization-plan/build.ts';
import { HttpApiClient } from './kube/http-api-client.ts';
import { ApiLeaseStore } from './kube/lease-store.ts';
import type { Controller } from './runtime/controller.ts';
import { HealthServer } from './runtime/health.ts';
import { InformerSet } from './runtime/informer.ts';
import { LeaderElector } from './runtime/lease.ts';
import { createOperatorMetrics } from './runtime/metrics.ts';
import { ResiliencyOperator } from './runtime/operator.ts';
import { listenForShutdown } from './runtime/shutdown.ts';
import { scheduleCommand } from './schedule/schedule-command.ts';

/** Something broke that a restart may cure. */
const EXIT_BROKEN = 1;

/** @returns the exit code: 0 after being told to stop, 2 for a bad command line */
async function main(words: readonly string[]): Promise<number> {
  if (words[0] === 'schedule') return tellSchedule(words.slice(1));
  const parsed = parseConfig(words, processSurroundings());
  if (parsed.kind === 'exit') {
    (parsed.code === 0 ? process.stdout : process.stderr).write(parsed.text);
    return parsed.code;
  }
  const { config } = parsed;
  const logger = createLogger({ level: config.logLevel, format: config.logFormat });
  logProcessWarnings(process, logger);
  process.on('unhandledRejection', (error) => {
    logger.error('a promise failed that nobody waits for', { error });
    process.exit(EXIT_BROKEN);
  });
  try {
    await run(config, logger);
    return 0;
  } catch (error) {
    logger.error('the operator ends', { error });
    return EXIT_BROKEN;
  }
}

/** Says when a plan would run; needs no cluster. @returns the exit code: 0, or 2 if it is refused */
function tellSchedule(words: readonly string[]): number {
  const { code, stdout, stderr } = scheduleCommand(words, systemClock.now());
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

/** Builds everything and runs until told to stop. */
async function run(config: OperatorConfig, logger: Logger): Promise<void> {
  const clock = systemClock;
  const kubeConfig = loadKubeConfig(config.kubeconfig);
  const metrics = createOperatorMetrics();
  const api = new HttpApiClient({
    kubeConfig,
    userAgent: `resiliency-operator/${VERSION}`,
    clock,
    onCall: (report) => {
      metrics.apiCall(report);
    },
  });
  const informers = new InformerSet({ api, clock, logger, namespaces: config.watchNamespaces });
  const { identity } = config;
  const context = { api, informers, clock, logger, metrics, identity };
  const controllers = buildControllers(config, context);
  const operator = new ResiliencyOperator({
    kubeConfig,
    informers,
    controllers,
    ...(config.lease === undefined ? {} : { elector: buildElector(config, config.lease, context) }),
    health: new HealthServer({
      port: config.port,
      live: () => controllers.flatMap((controller) => controller.problems),
      ready: () => informers.unsynced.map((kind) => `${kind} have not been listed yet`),
      metrics: metrics.registry,
      logger,
    }),
    logger,
  });
  const stop = listenForShutdown({ source: process, logger, exit: (code) => process.exit(code) });
  stop.addEventListener('abort', () => {
    operator.stop();
  });
  await operator.start();
  await operator.finished;
}

function buildControllers(
  { controllers, workerImage }: OperatorConfig,
  context: ControllerContext,
): readonly Controller[] {
  return controllers.flatMap((name) => {
    switch (name) {
      case 'database':
        return [databaseController(context), ...notProbedControllers(context)];
      case 'synchronization':
        return synchronizationControllers(context, workerImage);
      case 'synchronizationplan':
        return synchronizationPlanControllers(context);
    }
  });
}

function buildElector(
  { identity }: OperatorConfig,
  lease: NonNullable<OperatorConfig['lease']>,
  { api, clock, logger, metrics }: ControllerContext,
): LeaderElector {
  return new LeaderElector({
    store: new ApiLeaseStore(api, lease),
    identity,
    clock,
    logger,
    onChange: (isLeader) => {
      metrics.setLeader(lease.name, isLeader);
    },
  });
}

function loadKubeConfig(file: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig();
  if (file === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(file);
  return kubeConfig;
}

surviveBrokenOutput(process);
void main(process.argv.slice(2)).then((code) => {
  // What was printed may have been lost, which is known by now.
  process.exitCode ??= code;
});
