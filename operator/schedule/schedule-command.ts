import { Command, CommanderError } from 'commander';
import { ScheduleParser } from './schedule-parser.ts';
import type { Schedule } from './schedule.ts';

/** What `schedule` prints and how it ends. */
export interface CommandOutcome {
  /** 0: the runs are on stdout. 2: the schedule or a flag is refused; stderr says why. */
  readonly code: 0 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

interface RawOptions {
  readonly timeZone?: string;
  readonly from?: string;
  readonly count: string;
  readonly format: string;
  readonly namespace?: string;
  readonly name?: string;
}

interface Question {
  readonly schedule: Schedule;
  readonly from: Date;
  readonly count: number;
}

const MAX_COUNT = 10_000;
const FORMATS = ['text', 'json'];
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * `operator schedule "10 * * * *"`: shows the next runs of a schedule, computed by the code that
 * plans run by, or says why a plan with it would be refused.
 *
 * @param words the arguments after `schedule`
 */
export function scheduleCommand(words: readonly string[], now: Date): CommandOutcome {
  const command = program();
  const output = { stdout: '', stderr: '' };
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => (output.stdout += text),
    writeErr: (text) => (output.stderr += text),
  });
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { code: error.exitCode === 0 ? 0 : 2, ...output };
  }
  const raw = command.opts<RawOptions>();
  const problems: string[] = [];
  const question = readQuestion(command.args[0] ?? '', raw, { now, problems });
  const runs = question === undefined ? [] : runsAfter(question);
  if (question !== undefined && runs.length === 0) {
    problems.push(
      'schedule: it does not come true within five years: check the day and the month.',
    );
  }
  if (question === undefined || problems.length > 0) {
    return { code: 2, stdout: '', stderr: problems.map((each) => `error: ${each}\n`).join('') };
  }
  return { code: 0, stdout: show(runs, question, raw.format), stderr: '' };
}

function program(): Command {
  return new Command('resiliency-operator schedule')
    .description('Shows the next runs of a plan’s schedule, or says why it would be refused.')
    .argument('<schedule>', 'as in spec.schedule: "10 * * * *", "@daily", "@every 90m"')
    .allowExcessArguments(false)
    .option('--time-zone <zone>', 'as in spec.timeZone (default: UTC)')
    .option('--from <time>', 'runs after this moment, RFC 3339 (default: now)')
    .option('--count <number>', `how many, 1 to ${MAX_COUNT}`, '10')
    .option('--format <format>', `${FORMATS.join(', ')}; json: an array of times in UTC`, 'text')
    .option('--namespace <namespace>', 'of the plan; with its name it chooses the minute of H')
    .option('--name <name>', 'of the plan');
}

function readQuestion(
  text: string,
  raw: RawOptions,
  { now, problems }: { readonly now: Date; readonly problems: string[] },
): Question | undefined {
  const count = /^\d{1,6}$/.test(raw.count) ? Number(raw.count) : 0;
  if (count < 1 || count > MAX_COUNT) {
    problems.push(complain('--count', raw.count, `a number from 1 to ${MAX_COUNT}`));
  }
  if (!FORMATS.includes(raw.format)) {
    problems.push(complain('--format', raw.format, `one of ${FORMATS.join(', ')}`));
  }
  const from = raw.from === undefined ? now : new Date(RFC_3339.test(raw.from) ? raw.from : NaN);
  if (Number.isNaN(from.getTime())) {
    const example = 'a time as in RFC 3339, for example 2026-03-28T00:00:00Z';
    problems.push(complain('--from', raw.from, example));
  }
  const schedule = readSchedule(text, raw, problems);
  return problems.length > 0 || schedule === undefined ? undefined : { schedule, from, count };
}

function readSchedule(
  text: string,
  { timeZone, namespace, name }: RawOptions,
  problems: string[],
): Schedule | undefined {
  const isSpread = /^\s*H\s/.test(text);
  if (isSpread && (namespace === undefined || name === undefined)) {
    problems.push(
      'schedule: H stands for a minute that depends on the plan: give its --namespace and --name.',
    );
  }
  const owner = { namespace: namespace ?? '', name: name ?? '' };
  const parsed = new ScheduleParser().parse({ schedule: text, timeZone, owner });
  if (parsed.ok) return parsed.schedule;
  problems.push(`${parsed.field === 'timeZone' ? '--time-zone' : 'schedule'}: ${parsed.problem}`);
  return undefined;
}

/** Fewer than asked for if no more come within five years of the last. */
function runsAfter({ schedule, from, count }: Question): readonly Date[] {
  const runs: Date[] = [];
  let next = schedule.nextAfter(from);
  while (next !== undefined && runs.length < count) {
    runs.push(next);
    next = schedule.nextAfter(next);
  }
  return runs;
}

function show(runs: readonly Date[], { schedule }: Question, format: string): string {
  if (format === 'json') return `${JSON.stringify(runs.map(utc))}\n`;
  const { timeZone } = schedule;
  const isUtc = timeZone.name === 'UTC';
  const lines = runs.map((run) => (isUtc ? utc(run) : `${utc(run)}  ${timeZone.rfc3339(run)}`));
  return `${lines.join('\n')}\n`;
}

function utc(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}

function complain(flag: string, found: string | undefined, allowed: string): string {
  return `${flag}: expected ${allowed}; found ${JSON.stringify(found ?? '')}`;
}
