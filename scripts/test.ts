/**
 * Runs the named groups of checks in order and ends with one line, `N passed, N failed`.
 * A step that is not a test suite counts as one test. Stops at the first group that fails.
 * Tests run in an order that follows from a seed alone, so that everybody sees the same; the soak tests
 * try others.
 *
 * Usage: tsx scripts/test.ts [check|unit|integration|e2e|soak]...
 * SOAK_PART=<pattern> runs only those soak tests whose path matches.
 * ORDER_SEED=<number> tries, or repeats, another order.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** File in which jest writes its result, if this step is a jest run. */
  readonly report?: string;
  /** Quiet steps show their output only when they fail. */
  readonly quiet?: boolean;
  /** Run when this step fails, to save what helps to understand why. */
  readonly onFailure?: readonly string[];
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

const REPORTS = '.cache/test-results';

/** Quiet steps run side by side, so many at a time: they wait for a processor, not for each other. */
const LANES = 2;

/** Where the state of the cluster is written when an end-to-end test fails. */
const DUMP = '.cache/e2e-dump';

const ORDER_SEED = Number(process.env['ORDER_SEED'] ?? 1);

/** Within a file, too. End-to-end suites tell stories, and long forms run for minutes: there, files alone. */
const ANY_ORDER = '--randomize';

/** What jest says of tests that go on after their end, or hold the process open, and calls a success. */
const COMPLAINTS: readonly RegExp[] = [
  /failed to exit gracefully/,
  /did not exit .* after the test run has completed/,
  /Cannot log after tests are done/,
  /after (it|the Jest environment) has been torn down/,
];

function npmRun(name: string, script: string): Step {
  return { name, command: ['npm', 'run', '--silent', script], quiet: true };
}

function jest(project: string, ...flags: string[]): Step {
  const report = `${REPORTS}/${project}.json`;
  return {
    name: `${project} tests`,
    report,
    command: [
      ...['npm', 'run', '--silent', 'jest', '--', '--selectProjects', project],
      ...['--json', `--outputFile=${report}`, `--seed=${ORDER_SEED}`, ...flags],
    ],
  };
}

const bundle = npmRun('bundle', 'bundle');

/** The operator's adapters, and the plan controller, against the real API server of the cluster. */
function apiServerTests(): Step {
  const tested = "--testPathPatterns='operator/(kube|runtime|controllers)/'";
  const { command, ...step } = jest('integration', ANY_ORDER, tested);
  const kubeconfig = '$(npm run --silent cluster -- kubeconfig)';
  return {
    ...step,
    name: 'API server tests',
    command: ['bash', '-c', `RESILIENCY_TEST_KUBECONFIG=${kubeconfig} ${command.join(' ')}`],
  };
}

function soakPart(): string[] {
  const part = process.env['SOAK_PART'] ?? '';
  return part === '' ? [] : [`--testPathPatterns=${part}`];
}

const GROUPS: Readonly<Record<string, readonly Step[]>> = {
  check: [
    npmRun('lint', 'lint'),
    npmRun('types', 'types'),
    npmRun('format', 'format'),
    npmRun('folder rules', 'folders'),
    npmRun('generated files', 'generated'),
    jest('unit', ANY_ORDER),
  ],
  unit: [jest('unit', ANY_ORDER)],
  integration: [jest('integration', ANY_ORDER)],
  soak: [jest('soak', '--runInBand', ...soakPart())],
  e2e: [
    bundle,
    { name: 'cluster', command: ['npm', 'run', '--silent', 'cluster', '--', 'up'] },
    { name: 'images', command: ['npm', 'run', '--silent', 'cluster', '--', 'build-images'] },
    apiServerTests(),
    {
      // What is broken for all would let every test wait for its deadline, for hours.
      ...jest('e2e', '--runInBand', '--bail=6'),
      onFailure: ['npm', 'run', '--silent', 'cluster', '--', 'dump', DUMP],
    },
  ],
};

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in GROUPS));
  if (unknown.length > 0 || names.length === 0) {
    console.error(
      `Expected one or more of ${Object.keys(GROUPS).join(', ')}, got ${unknown.join(', ') || 'nothing'}.`,
    );
    process.exitCode = 2;
    return;
  }
  console.log(`Order of the tests: ORDER_SEED=${ORDER_SEED}`);
  await rm(REPORTS, { recursive: true, force: true });
  await mkdir(REPORTS, { recursive: true });
  const total = { passed: 0, failed: 0 };
  for (const name of names) {
    for (const outcome of await runGroup(GROUPS[name] ?? [])) {
      total.passed += outcome.passed;
      total.failed += outcome.failed;
    }
    if (total.failed > 0) break;
  }
  if (total.failed > 0) console.log(`\nTo repeat the order: ORDER_SEED=${ORDER_SEED}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

/** Quiet steps first, the slowest of them ahead; then the others, one after the other. */
async function runGroup(steps: readonly Step[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = steps.filter(({ quiet }) => quiet);
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      outcomes.push(await runStep(step));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  for (const step of steps) {
    if (!step.quiet) outcomes.push(await runStep(step));
  }
  return outcomes;
}

async function runStep(step: Step): Promise<Outcome> {
  const started = performance.now();
  if (!step.quiet) console.log(`\n— ${step.name}`);
  const { ok, output } = await run(step.command, step.quiet ?? false);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (!ok && step.quiet) console.log(output);
  console.log(`${ok ? '✓' : '✗'} ${step.name} (${seconds} s)`);
  if (!ok && step.onFailure) await run(step.onFailure, false);
  return judge(
    ok,
    step.report === undefined ? { passed: 1, failed: 0 } : await readReport(step.report),
  );
}

/** A jest that broke before, beside or after its tests must not look like a pass. */
function judge(ok: boolean, reported: Outcome | null): Outcome {
  if (reported === null) return { passed: 0, failed: 1 };
  if (ok) return reported;
  return reported.failed > 0 ? reported : { ...reported, passed: 0, failed: 1 };
}

function run(command: readonly string[], quiet: boolean): Promise<{ ok: boolean; output: string }> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'pipe'] });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (!quiet) process.stderr.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const complaint = output
        .split('\n')
        .find((line) => COMPLAINTS.some((each) => each.test(line)));
      if (complaint !== undefined) console.log(`Tests left something running: ${complaint}`);
      resolve({ ok: code === 0 && complaint === undefined, output });
    });
  });
}

async function readReport(path: string): Promise<Outcome | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const report = JSON.parse(text) as {
    numPassedTests: number;
    numFailedTests: number;
    numRuntimeErrorTestSuites: number;
  };
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
  };
}

await main(process.argv.slice(2));
