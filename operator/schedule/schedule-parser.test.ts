import { describe, expect, test } from '@jest/globals';
import { ScheduleParser } from './schedule-parser.ts';

const owner = { namespace: 'default', name: 'plan' };

function parse(schedule: string, timeZone?: string) {
  return new ScheduleParser().parse({ schedule, timeZone, owner });
}

/** The first times after the moment, as minutes of the day and date, UTC. */
function firstTimes(schedule: string, from: string, count: number): string[] {
  const parsed = parse(schedule);
  if (!parsed.ok) throw new Error(parsed.problem);
  const times: string[] = [];
  let time: Date | undefined = new Date(from);
  while (times.length < count) {
    time = parsed.schedule.nextAfter(time);
    if (time === undefined) break;
    times.push(time.toISOString().slice(0, 16));
  }
  return times;
}

describe('the grammar', () => {
  test.each([
    { text: '5 * * * *', means: '5 * * * *' },
    { text: ' 5  *\t* * * ', means: '5 * * * *' },
    { text: '+5 * * * *', means: '5 * * * *' },
    { text: '005 08 * * *', means: '5 8 * * *' },
    { text: '1,,2 * * * *', means: '1,2 * * * *' },
    { text: '5/15 * * * *', means: '5,20,35,50 * * * *' },
    { text: '*/100 * * * *', means: '0 * * * *' },
    { text: '10-20/5 * * * *', means: '10,15,20 * * * *' },
    { text: '*-5 * * * *', means: '* * * * *' },
    { text: '? ? ? ? ?', means: '* * * * *' },
    { text: '*/1 */1 */1 */1 */1', means: '* * * * *' },
    { text: '0 0 1 JAN-mar Sun', means: '0 0 1 1,2,3 0' },
    { text: '0 0 * Jul/2 Mon/2', means: '0 0 * 7,9,11 1,3,5' },
    { text: '0 0 * * sun-sat', means: '0 0 * * 0-6' },
    { text: '@yearly', means: '0 0 1 1 *' },
    { text: '@annually', means: '0 0 1 1 *' },
    { text: '@monthly', means: '0 0 1 * *' },
    { text: '@weekly', means: '0 0 * * 0' },
    { text: '@daily', means: '0 0 * * *' },
    { text: '@midnight', means: '0 0 * * *' },
    { text: '@hourly', means: '0 * * * *' },
  ])('"$text" means "$means"', ({ text, means }) => {
    const from = '2026-02-27T21:13:00Z';
    expect(firstTimes(text, from, 20)).toEqual(firstTimes(means, from, 20));
  });

  test.each([
    { text: '* * * *', problem: 'five fields' },
    { text: '* * * * * *', problem: 'has 6' },
    { text: '', problem: 'has 0' },
    { text: 'xyz', problem: 'has 1' },
    {
      text: '60 0 * * *',
      problem: 'the minute "60" cannot be used: 60 is above the highest minute, 59.',
    },
    { text: '0 24 * * *', problem: '24 is above the highest hour, 23' },
    { text: '0 0 0 * *', problem: '0 is below the lowest day of month, 1' },
    { text: '0 0 32 * *', problem: '32 is above the highest day of month, 31' },
    { text: '0 0 * 13 *', problem: '13 is above the highest month, 12' },
    { text: '0 0 * * 7', problem: '7 is above the highest day of week, 6' },
    {
      text: '0 0 * * XYZ',
      problem: 'a number or one of sun, mon, tue, wed, thu, fri, sat, and "XYZ"',
    },
    { text: '0 0 * jan-x *', problem: 'and "x" is not' },
    { text: 'jan * * * *', problem: 'the value must be a number, and "jan" is not' },
    { text: '5--5 * * * *', problem: 'more than one "-"' },
    { text: '*//2 * * * *', problem: 'more than one "/"' },
    { text: '*/-12 * * * *', problem: 'the step must be a number, and "-12" is not' },
    { text: '15/0 * * * *', problem: 'the step must be at least 1' },
    { text: '70/5 * * * *', problem: '70 is above the highest minute, 59' },
    { text: '5-3 * * * *', problem: 'it begins with 5, after its end 3' },
    { text: '-1 * * * *', problem: 'and nothing is not' },
    { text: '1- * * * *', problem: 'and nothing is not' },
    { text: ', * * * *', problem: 'a value is missing' },
    { text: '1.5 * * * *', problem: '"1.5" is not' },
    { text: '0 0 L * *', problem: '"L" is not' },
    { text: '0 0 15W * *', problem: '"15W" is not' },
    { text: '0 0 * * 1#2', problem: '"1#2" is not' },
    { text: '0 H * * *', problem: '"H" is not' },
    { text: 'H/5 * * * *', problem: '"H" is not' },
    { text: '@Hourly', problem: '"@Hourly" is not known: it may be @yearly' },
    { text: '@hourly ', problem: 'is not known' },
    { text: '@reboot', problem: 'is not known' },
    { text: '@every', problem: 'is not known' },
    { text: '@every 1d', problem: '@every needs a duration such as 90m' },
    { text: '@every -1h', problem: '@every needs a duration' },
    { text: '@every 2562048h', problem: '@every needs a duration' },
    { text: '5-4 * * * *', problem: 'it begins with 5, after its end 4' },
    { text: '@every 0s', problem: 'longer than nothing' },
    { text: 'TZ=Asia/Tokyo 0 * * * *', problem: 'write it in spec.timeZone' },
    { text: 'CRON_TZ=Asia/Tokyo 0 * * * *', problem: 'write it in spec.timeZone' },
  ])('"$text" is refused: $problem', ({ text, problem }) => {
    const parsed = parse(text);
    expect(parsed).toMatchObject({ ok: false, field: 'schedule' });
    expect(parsed.ok ? '' : parsed.problem).toContain(problem);
  });

  test.each([
    { text: '@every 1h30m', seconds: 5400 },
    { text: '@every 90s', seconds: 90 },
    { text: '@every 0.7h', seconds: 2520 },
    { text: '@every .5h', seconds: 1800 },
    { text: '@every 1h.5m', seconds: 3630 },
    { text: '@every +2h', seconds: 7200 },
    { text: '@every 1500ms', seconds: 1 },
    { text: '@every 1us', seconds: 1 },
    { text: '@every 300h', seconds: 1_080_000 },
  ])('"$text" comes every $seconds seconds', ({ text, seconds }) => {
    const parsed = parse(text);
    const from = new Date('2026-01-01T00:00:00.500Z');
    const next = parsed.ok ? parsed.schedule.nextAfter(from) : undefined;
    expect(next?.getTime()).toBe(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000);
  });

  test('H picks a minute by the name of the plan, always the same one', () => {
    const parser = new ScheduleParser();
    const minuteOf = (name: string): number | undefined => {
      const parsed = parser.parse({
        schedule: 'H * * * *',
        owner: { namespace: 'default', name },
      });
      return parsed.ok
        ? parsed.schedule.nextAfter(new Date('2026-01-01T00:00:00Z'))?.getUTCMinutes()
        : undefined;
    };
    const minutes = Array.from({ length: 600 }, (_, index) => minuteOf(`plan-${index}`));
    expect(minuteOf('plan-1')).toBe(minutes[1]);
    expect(new Set(minutes).size).toBe(60);
  });

  test('more patterns than are kept are still told apart', () => {
    const parser = new ScheduleParser();
    const texts = Array.from({ length: 300 }, (_, index) => `${index % 60} ${index % 23} * * *`);
    for (const schedule of [...texts, ...texts]) {
      const parsed = parser.parse({ schedule, owner });
      const next = parsed.ok && parsed.schedule.nextAfter(new Date('2026-01-01T00:00:00Z'));
      expect(next).toBeInstanceOf(Date);
      const [minute, hour] = schedule.split(' ').map(Number);
      expect([(next as Date).getUTCMinutes(), (next as Date).getUTCHours()]).toEqual([
        minute,
        hour,
      ]);
    }
  });
});

describe('the time zone', () => {
  test.each([
    'UTC',
    'Etc/UTC',
    'Etc/GMT+5',
    'Europe/Madrid',
    'US/Eastern',
    'America/Port-au-Prince',
    'Europe/Kyiv',
    'GB',
    'EST5EDT',
  ])('%s is known', (timeZone) => {
    expect(parse('0 * * * *', timeZone).ok).toBe(true);
  });

  test.each([
    '',
    'Local',
    'Mars/Olympus',
    'europe/madrid',
    'EUROPE/Madrid',
    'Europe/madrid',
    'PST',
    'IST',
    '+01:00',
    'UTC+1',
    'America/New_york',
    'SystemV/PST8',
    '../etc/passwd',
    'Europe/Madrid ',
  ])('"%s" is refused', (timeZone) => {
    expect(parse('0 * * * *', timeZone)).toEqual({
      ok: false,
      field: 'timeZone',
      problem: `the time zone ${JSON.stringify(timeZone)} is not in the time-zone database. Write an IANA name, for example Europe/Madrid or Etc/UTC.`,
    });
  });

  test('is judged before the schedule', () => {
    expect(parse('nonsense', 'Nowhere')).toMatchObject({ field: 'timeZone' });
  });
});
