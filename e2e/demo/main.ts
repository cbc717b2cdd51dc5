/**
 * `make demo`: from nothing to two equal trees, each step with the command behind it. Leaves the
 * cluster up. A second run on a cluster that is up goes through the same steps.
 */
import { isOnPath, shellSetup } from '../cluster/index.ts';
import { addressOf } from '../support/installation.ts';
import { connectReferee } from '../support/referee.ts';
import { bringUpCluster, buildImages } from './acts/bring-up.ts';
import { fillSource } from './acts/fill-source.ts';
import { install } from './acts/install.ts';
import { showLog, showObjects, showTrees } from './acts/show.ts';
import { applyDatabases, applyPlan, synchronize } from './acts/synchronize.ts';
import { DemoFailure } from './demo-failure.ts';
import { ensureReferee } from './ensure-referee.ts';
import { nextSteps } from './next-steps.ts';
import { createShell, type Shell } from './shell.ts';
import { createVisibleKubectl, USER_NAMESPACE, type Stage } from './stage.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** What helps whatever went wrong. */
const GENERAL_ADVICE = [
  'Run make demo again: it goes on from what is there.',
  'See what is there: npm run --silent cluster -- status',
  'Save objects, events and logs: npm run --silent cluster -- dump .cache/demo-dump',
  'Begin anew: make down && make demo',
] as const;

const terminal = processTerminal();
process.exitCode = await demo(terminal);

async function demo(terminal: Terminal): Promise<number> {
  const startedMs = performance.now();
  terminal.heading('Resiliency Operator: a second ZooKeeper, kept true to the first');
  try {
    await play(terminal, createShell(terminal), startedMs);
    return 0;
  } catch (error) {
    const whatToDo = error instanceof DemoFailure ? error.whatToDo : [];
    terminal.failure(`The demo stopped at ${terminal.currentStep()}:`, [
      error instanceof Error ? error.message : String(error),
    ]);
    terminal.failure('What to do:', [...whatToDo, ...GENERAL_ADVICE]);
    return 1;
  }
}

async function play(terminal: Terminal, shell: Shell, startedMs: number): Promise<void> {
  await terminal.step('A client to judge with, which shares nothing with the operator', () =>
    ensureReferee(shell, terminal),
  );
  const cluster = await terminal.step('A cluster and two ZooKeepers', () =>
    bringUpCluster(shell, terminal),
  );
  terminal.say('To type along in another terminal:');
  for (const line of shellSetup(cluster, await isOnPath('kubectl'))) terminal.output(line);
  await terminal.step('The images of operator and worker', () => buildImages(shell));
  const source = await connectReferee(addressOf(cluster.source));
  const destination = await connectReferee(addressOf(cluster.destination));
  const kubectl = createVisibleKubectl(cluster, shell, terminal);
  try {
    await showProduct({ terminal, shell, cluster, source, destination, kubectl });
  } finally {
    source.close();
    destination.close();
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  terminal.heading(`Done in ${seconds} s. The cluster stays up; what to try next:`);
  for (const { what, commands } of nextSteps(cluster, await isOnPath('kubectl'))) {
    terminal.line();
    terminal.line(`# ${what}`);
    for (const command of commands) terminal.line(command);
  }
}

async function showProduct(stage: Stage): Promise<void> {
  const { terminal } = stage;
  await terminal.step('A tree in the source', () => fillSource(stage));
  await terminal.step('Install the operator, as documented', () => install(stage));
  await terminal.step(`Two Databases, in the namespace ${USER_NAMESPACE}`, () =>
    applyDatabases(stage),
  );
  const finished = await terminal.step('A Synchronization', () => synchronize(stage));
  await terminal.step('A plan, to do it again at ten past each hour', () => applyPlan(stage));
  await terminal.step('Every kind, as kubectl shows it', () => showObjects(stage));
  await terminal.step('What the worker logged', () => showLog(stage, finished));
  await terminal.step('Both trees, compared by the other client', () => showTrees(stage));
}
