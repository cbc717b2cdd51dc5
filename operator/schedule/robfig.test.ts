/** What robfig/cron v3.0.1, which CronJob uses, is tested for (spec_test.go), in five fields. */
import { describe, expect, test } from '@jest/globals';
import { ScheduleParser } from './schedule-parser.ts';

function next(schedule: string, timeZone: string, from: string): Date | undefined {
  const owner = { namespace: 'default', name: 'plan' };
  const parsed = new ScheduleParser().parse({ schedule, timeZone, owner });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.schedule.nextAfter(new Date(from));
}

describe('activation', () => {
  test.each([
    { at: '2012-07-09T15:00:00Z', schedule: '0/15 * * * *', due: true },
    { at: '2012-07-09T15:45:00Z', schedule: '0/15 * * * *', due: true },
    { at: '2012-07-09T15:40:00Z', schedule: '0/15 * * * *', due: false },
    { at: '2012-07-09T15:05:00Z', schedule: '5/15 * * * *', due: true },
    { at: '2012-07-09T15:20:00Z', schedule: '5/15 * * * *', due: true },
    { at: '2012-07-09T15:50:00Z', schedule: '5/15 * * * *', due: true },
    { at: '2012-07-15T15:00:00Z', schedule: '0/15 * * Jul *', due: true },
    { at: '2012-07-15T15:00:00Z', schedule: '0/15 * * Jun *', due: false },
    { at: '2012-07-15T08:30:00Z', schedule: '30 08 ? Jul Sun', due: true },
    { at: '2012-07-15T08:30:00Z', schedule: '30 08 15 Jul ?', due: true },
    { at: '2012-07-16T08:30:00Z', schedule: '30 08 ? Jul Sun', due: false },
    { at: '2012-07-16T08:30:00Z', schedule: '30 08 15 Jul ?', due: false },
    { at: '2012-07-09T15:00:00Z', schedule: '@hourly', due: true },
    { at: '2012-07-09T15:04:00Z', schedule: '@hourly', due: false },
    { at: '2012-07-09T15:00:00Z', schedule: '@daily', due: false },
    { at: '2012-07-09T00:00:00Z', schedule: '@daily', due: true },
    { at: '2012-07-09T00:00:00Z', schedule: '@weekly', due: false },
    { at: '2012-07-08T00:00:00Z', schedule: '@weekly', due: true },
    { at: '2012-07-08T01:00:00Z', schedule: '@weekly', due: false },
    { at: '2012-07-08T00:00:00Z', schedule: '@monthly', due: false },
    { at: '2012-07-01T00:00:00Z', schedule: '@monthly', due: true },
    // Both day fields choose: either will do.
    { at: '2012-07-15T00:00:00Z', schedule: '* * 1,15 * Sun', due: true },
    { at: '2012-06-15T00:00:00Z', schedule: '* * 1,15 * Sun', due: true },
    { at: '2012-08-01T00:00:00Z', schedule: '* * 1,15 * Sun', due: true },
    { at: '2012-07-15T00:00:00Z', schedule: '* * */10 * Sun', due: true },
    // One of them is starred: both must match.
    { at: '2012-07-15T00:00:00Z', schedule: '* * * * Mon', due: false },
    { at: '2012-07-09T00:00:00Z', schedule: '* * 1,15 * *', due: false },
    { at: '2012-07-15T00:00:00Z', schedule: '* * 1,15 * *', due: true },
    { at: '2012-07-15T00:00:00Z', schedule: '* * */2 * Sun', due: true },
  ])('$schedule at $at: $due', ({ at, schedule, due }) => {
    const justBefore = new Date(Date.parse(at) - 1000).toISOString();
    expect(next(schedule, 'UTC', justBefore)?.getTime() === Date.parse(at)).toBe(due);
  });
});

describe('next', () => {
  test.each([
    { from: '2012-07-09T14:45:00Z', schedule: '0/15 * * * *', expected: '2012-07-09T15:00:00Z' },
    { from: '2012-07-09T14:59:00Z', schedule: '0/15 * * * *', expected: '2012-07-09T15:00:00Z' },
    { from: '2012-07-09T14:59:59Z', schedule: '0/15 * * * *', expected: '2012-07-09T15:00:00Z' },
    // Around the end of an hour, a day, a month, a year.
    {
      from: '2012-07-09T15:45:00Z',
      schedule: '20-35/15 * * * *',
      expected: '2012-07-09T16:20:00Z',
    },
    { from: '2012-07-09T23:46:00Z', schedule: '*/15 * * * *', expected: '2012-07-10T00:00:00Z' },
    {
      from: '2012-07-09T23:45:00Z',
      schedule: '20-35/15 * * * *',
      expected: '2012-07-10T00:20:00Z',
    },
    {
      from: '2012-07-09T23:35:51Z',
      schedule: '20-35/15 1/2 * * *',
      expected: '2012-07-10T01:20:00Z',
    },
    {
      from: '2012-07-09T23:35:51Z',
      schedule: '20-35/15 10-12 * * *',
      expected: '2012-07-10T10:20:00Z',
    },
    {
      from: '2012-07-09T23:35:51Z',
      schedule: '20-35/15 1/2 */2 * *',
      expected: '2012-07-11T01:20:00Z',
    },
    {
      from: '2012-07-09T23:35:51Z',
      schedule: '20-35/15 * 9-20 * *',
      expected: '2012-07-10T00:20:00Z',
    },
    {
      from: '2012-07-09T23:35:51Z',
      schedule: '20-35/15 * 9-20 Jul *',
      expected: '2012-07-10T00:20:00Z',
    },
    { from: '2012-07-09T23:35:00Z', schedule: '0 0 9 Apr-Oct ?', expected: '2012-08-09T00:00:00Z' },
    {
      from: '2012-07-09T23:35:00Z',
      schedule: '0 0 */5 Apr,Aug,Oct Mon',
      expected: '2012-08-01T00:00:00Z',
    },
    { from: '2012-07-09T23:35:00Z', schedule: '0 0 */5 Oct Mon', expected: '2012-10-01T00:00:00Z' },
    { from: '2012-07-09T23:35:00Z', schedule: '0 0 * Feb Mon', expected: '2013-02-04T00:00:00Z' },
    { from: '2012-07-09T23:35:00Z', schedule: '0 0 * Feb Mon/2', expected: '2013-02-01T00:00:00Z' },
    { from: '2012-12-31T23:59:45Z', schedule: '* * * * *', expected: '2013-01-01T00:00:00Z' },
    { from: '2012-07-09T23:35:00Z', schedule: '0 0 29 Feb ?', expected: '2016-02-29T00:00:00Z' },
  ])('$schedule after $from is $expected', ({ from, schedule, expected }) => {
    expect(next(schedule, 'UTC', from)).toEqual(new Date(expected));
  });

  test.each([
    { from: '2012-07-09T23:35:00Z', schedule: '0 0 30 Feb ?' },
    { from: '2012-07-09T23:35:00Z', schedule: '0 0 31 Apr ?' },
    // 2100 is no leap year, and 2104 is more than five years away.
    { from: '2096-03-01T00:00:00Z', schedule: '0 0 29 Feb ?' },
  ])('$schedule after $from never comes', ({ from, schedule }) => {
    expect(next(schedule, 'UTC', from)).toBeUndefined();
  });

  test('a date exactly five years ahead is still found', () => {
    expect(next('0 0 29 2 *', 'UTC', '2099-06-01T00:00:00Z')).toEqual(
      new Date('2104-02-29T00:00:00Z'),
    );
  });
});

describe('clocks that change', () => {
  const rows = [
    // America/New_York, 2012-03-11 02:00 EST to 03:00 EDT.
    {
      name: 'gap, minute in it, that date only',
      schedule: '30 2 11 Mar ?',
      from: '2012-03-11T00:00:00-05:00',
      expected: '2013-03-11T02:30:00-04:00',
    },
    {
      name: 'gap, hourly, before',
      schedule: '0 * * * ?',
      from: '2012-03-11T00:00:00-05:00',
      expected: '2012-03-11T01:00:00-05:00',
    },
    {
      name: 'gap, hourly, over it',
      schedule: '0 * * * ?',
      from: '2012-03-11T01:00:00-05:00',
      expected: '2012-03-11T03:00:00-04:00',
    },
    {
      name: 'gap, hourly, after',
      schedule: '0 * * * ?',
      from: '2012-03-11T03:00:00-04:00',
      expected: '2012-03-11T04:00:00-04:00',
    },
    {
      name: 'gap, hourly, later',
      schedule: '0 * * * ?',
      from: '2012-03-11T04:00:00-04:00',
      expected: '2012-03-11T05:00:00-04:00',
    },
    {
      name: 'gap, 1 am nightly',
      schedule: '0 1 * * ?',
      from: '2012-03-11T00:00:00-05:00',
      expected: '2012-03-11T01:00:00-05:00',
    },
    {
      name: 'gap, 1 am the night after',
      schedule: '0 1 * * ?',
      from: '2012-03-11T01:00:00-05:00',
      expected: '2012-03-12T01:00:00-04:00',
    },
    {
      name: 'gap, 2 am nightly is skipped',
      schedule: '0 2 * * ?',
      from: '2012-03-11T00:00:00-05:00',
      expected: '2012-03-12T02:00:00-04:00',
    },
    // 2012-11-04 02:00 EDT to 01:00 EST.
    {
      name: 'overlap, after it',
      schedule: '30 2 04 Nov ?',
      from: '2012-11-04T00:00:00-04:00',
      expected: '2012-11-04T02:30:00-05:00',
    },
    {
      name: 'overlap, second pass',
      schedule: '30 1 04 Nov ?',
      from: '2012-11-04T01:45:00-04:00',
      expected: '2012-11-04T01:30:00-05:00',
    },
    {
      name: 'overlap, hourly, first',
      schedule: '0 * * * ?',
      from: '2012-11-04T00:00:00-04:00',
      expected: '2012-11-04T01:00:00-04:00',
    },
    {
      name: 'overlap, hourly, second',
      schedule: '0 * * * ?',
      from: '2012-11-04T01:00:00-04:00',
      expected: '2012-11-04T01:00:00-05:00',
    },
    {
      name: 'overlap, hourly, after',
      schedule: '0 * * * ?',
      from: '2012-11-04T01:00:00-05:00',
      expected: '2012-11-04T02:00:00-05:00',
    },
    {
      name: 'overlap, 1 am runs once',
      schedule: '0 1 * * ?',
      from: '2012-11-04T00:00:00-04:00',
      expected: '2012-11-04T01:00:00-04:00',
    },
    {
      name: 'overlap, 1 am runs twice',
      schedule: '0 1 * * ?',
      from: '2012-11-04T01:00:00-04:00',
      expected: '2012-11-04T01:00:00-05:00',
    },
    {
      name: 'overlap, 1 am the night after',
      schedule: '0 1 * * ?',
      from: '2012-11-04T01:00:00-05:00',
      expected: '2012-11-05T01:00:00-05:00',
    },
    {
      name: 'overlap, 2 am runs once',
      schedule: '0 2 * * ?',
      from: '2012-11-04T00:00:00-04:00',
      expected: '2012-11-04T02:00:00-05:00',
    },
    {
      name: 'overlap, 2 am the night after',
      schedule: '0 2 * * ?',
      from: '2012-11-04T02:00:00-05:00',
      expected: '2012-11-05T02:00:00-05:00',
    },
    {
      name: 'overlap, 3 am',
      schedule: '0 3 * * ?',
      from: '2012-11-04T00:00:00-04:00',
      expected: '2012-11-04T03:00:00-05:00',
    },
    {
      name: 'overlap, 3 am the night after',
      schedule: '0 3 * * ?',
      from: '2012-11-04T03:00:00-05:00',
      expected: '2012-11-05T03:00:00-05:00',
    },
    {
      name: 'monthly across the change',
      schedule: '0 3 3 * ?',
      from: '2012-11-04T00:00:00-04:00',
      expected: '2012-12-03T03:00:00-05:00',
    },
  ];
  test.each(rows)('New York, $name', ({ schedule, from, expected }) => {
    expect(next(schedule, 'America/New_York', from)).toEqual(new Date(expected));
  });

  test.each([
    {
      name: 'midnight that is skipped, monthly',
      zone: 'America/Sao_Paulo',
      schedule: '0 9 10 * ?',
      from: '2018-10-17T05:00:00-04:00',
      expected: '2018-11-10T06:00:00-05:00',
    },
    {
      name: 'midnight that comes twice, monthly',
      zone: 'America/Sao_Paulo',
      schedule: '0 9 22 * ?',
      from: '2018-02-14T05:00:00-05:00',
      expected: '2018-02-22T07:00:00-05:00',
    },
    {
      name: 'a zone of half hours',
      zone: 'Asia/Kolkata',
      schedule: '14 14 * * *',
      from: '2016-01-03T13:09:03+05:30',
      expected: '2016-01-03T14:14:00+05:30',
    },
    {
      name: 'a zone of half hours, from an early time',
      zone: 'Asia/Kolkata',
      schedule: '14 14 * * ?',
      from: '2016-01-03T04:09:03+05:30',
      expected: '2016-01-03T14:14:00+05:30',
    },
  ])('$zone, $name', ({ zone, schedule, from, expected }) => {
    expect(next(schedule, zone, from)).toEqual(new Date(expected));
  });

  /** robfig/cron loses a day or runs on a wrong one here: docs/plans/cronjob.md. */
  test.each([
    {
      name: 'day whose midnight is skipped',
      zone: 'Asia/Beirut',
      schedule: '17 12 31 3 *',
      from: '2024-03-28T19:17:00Z',
      expected: '2024-03-31T12:17:00+03:00',
    },
    {
      name: 'no wrong weekday after a skipped midnight',
      zone: 'America/Santiago',
      schedule: '40 18 * * 6',
      from: '2035-09-02T01:40:00Z',
      expected: '2035-09-08T18:40:00-03:00',
    },
    {
      name: 'clocks that go back half an hour',
      zone: 'Australia/Lord_Howe',
      schedule: '0 16 1 4 *',
      from: '2035-01-26T14:14:20Z',
      expected: '2035-04-01T16:00:00+10:30',
    },
  ])('$zone, $name', ({ zone, schedule, from, expected }) => {
    expect(next(schedule, zone, from)).toEqual(new Date(expected));
  });
});

describe('@every', () => {
  test.each([
    { from: '2012-07-09T14:45:00Z', every: '15m', expected: '2012-07-09T15:00:00Z' },
    { from: '2012-07-09T14:59:59Z', every: '15m', expected: '2012-07-09T15:14:59Z' },
    { from: '2012-07-09T23:35:51Z', every: '44m24s', expected: '2012-07-10T00:20:15Z' },
    { from: '2012-07-09T23:35:51Z', every: '25h44m24s', expected: '2012-07-11T01:20:15Z' },
    { from: '2012-07-09T23:35:00Z', every: '2184h25m', expected: '2012-10-09T00:00:00Z' },
    { from: '2012-12-31T23:59:45Z', every: '15s', expected: '2013-01-01T00:00:00Z' },
    { from: '2012-07-09T14:45:00Z', every: '15m50ns', expected: '2012-07-09T15:00:00Z' },
    { from: '2012-07-09T14:45:00Z', every: '15ms', expected: '2012-07-09T14:45:01Z' },
    { from: '2012-07-09T14:45:00.005Z', every: '15m', expected: '2012-07-09T15:00:00Z' },
    { from: '2012-07-09T14:45:00.005Z', every: '15m50ns', expected: '2012-07-09T15:00:00Z' },
  ])('$every after $from is $expected', ({ from, every, expected }) => {
    expect(next(`@every ${every}`, 'UTC', from)).toEqual(new Date(expected));
  });
});
