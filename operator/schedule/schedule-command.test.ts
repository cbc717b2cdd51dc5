import { describe, expect, test } from '@jest/globals';
import { scheduleCommand, type CommandOutcome } from './schedule-command.ts';

const NOW = new Date('2026-03-28T22:30:00Z');

function run(...words: string[]): CommandOutcome {
  return scheduleCommand(words, NOW);
}

describe('the next runs of a schedule', () => {
  test('as JSON are one array of RFC 3339 times in UTC, through a change of clocks', () => {
    const outcome = run(
      ...['10 1,2,3 * * *', '--time-zone', 'Europe/Madrid', '--from', '2026-03-28T00:00:00Z'],
      ...['--count', '6', '--format', 'json'],
    );

    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual([
      '2026-03-28T00:10:00Z',
      '2026-03-28T01:10:00Z',
      '2026-03-28T02:10:00Z',
      // The clocks skip 02:10.
      '2026-03-29T00:10:00Z',
      '2026-03-29T01:10:00Z',
      '2026-03-29T23:10:00Z',
    ]);
  });

  test('as text are shown in UTC and as the clocks of the zone show them, ten from now on', () => {
    const { stdout } = run('0 0 * * *', '--time-zone', 'Europe/Madrid');

    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.slice(0, 2)).toEqual([
      '2026-03-28T23:00:00Z  2026-03-29T00:00:00+01:00',
      '2026-03-29T22:00:00Z  2026-03-30T00:00:00+02:00',
    ]);
  });

  test('of @every count from the moment asked about', () => {
    expect(run('@every 90m', '--count', '2').stdout).toBe(
      '2026-03-29T00:00:00Z\n2026-03-29T01:30:00Z\n',
    );
  });

  test('are fewer if no more come', () => {
    const { stdout } = run('0 0 29 2 *', '--from', '2095-01-01T00:00:00Z', '--format', 'json');

    expect(JSON.parse(stdout)).toEqual(['2096-02-29T00:00:00Z']);
  });

  test('with H are those of the plan that is named', () => {
    const plan = ['--namespace', 'shop', '--name', 'hourly', '--format', 'json'];
    const [first, second] = JSON.parse(run('H * * * *', ...plan).stdout) as [string, string];

    expect(Date.parse(second) - Date.parse(first)).toBe(3_600_000);
  });
});

describe('what is refused says why, on stderr, with exit code 2', () => {
  test.each([
    { words: ['10 * * * 7'], says: 'schedule: the day of week "7" cannot be used' },
    { words: ['* * * *'], says: 'schedule: it must have five fields' },
    { words: ['0 0 30 2 *'], says: 'schedule: it does not come true within five years' },
    { words: ['H * * * *'], says: 'give its --namespace and --name' },
    { words: ['* * * * *', '--time-zone', 'Mars/Crater'], says: '--time-zone: the time zone' },
    { words: ['* * * * *', '--from', 'tomorrow'], says: '--from: expected a time as in RFC 3339' },
    { words: ['* * * * *', '--from', '2026-02-31'], says: '--from: expected' },
    { words: ['* * * * *', '--count', '0'], says: '--count: expected a number from 1 to' },
    { words: ['* * * * *', '--format', 'yaml'], says: '--format: expected one of text, json' },
    { words: [], says: "missing required argument 'schedule'" },
    { words: ['*', '*', '*', '*', '*'], says: 'too many arguments' },
  ])('$words', ({ words, says }) => {
    const outcome = run(...words);

    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain(says);
  });

  test('--help is no mistake', () => {
    expect(run('--help')).toMatchObject({ code: 0, stderr: '' });
  });
});
