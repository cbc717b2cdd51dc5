import { expect, test } from '@jest/globals';
import { ScheduleParser } from '../../schedule/schedule-parser.ts';
import { missSpans } from './miss-spans.ts';
import type { Snapshot } from './snapshot.ts';
import { at, PLAN, snapshot, type ChildInput } from './testing/builders.ts';

const owner = { name: PLAN, namespace: 'shop', uid: 'u' };
const parsed = new ScheduleParser().parse({ schedule: '0 * * * *', timeZone: 'UTC', owner });
if (!parsed.ok) throw new Error('no schedule');
const { schedule } = parsed;

/** From nine to twelve, as `reason until time`. */
function spansOf(given: Snapshot, { after = '09:00', through = '12:00' } = {}): readonly string[] {
  const stretch = { after: at(after), through: at(through), schedule, now: at(through) };
  return missSpans(given, stretch).map(
    (span) => `${span.reason} ${span.through.toISOString().slice(11, 19)}`,
  );
}

const ran = (slot: string, ended: string): ChildInput => ({ slot, state: 'Succeeded', ended });
const DOWN = ['Down 12:00:00'];

test.each<{ name: string; children: readonly ChildInput[]; spans: readonly string[] }>([
  { name: 'nothing ran', children: [], spans: DOWN },
  {
    name: 'a run still goes on',
    children: [{ slot: '09:00' }],
    spans: ['Overlap 12:00:00'],
  },
  {
    name: 'a run goes on that came later',
    children: [{ slot: '10:00' }],
    spans: ['Down 10:00:00', 'Overlap 12:00:00'],
  },
  {
    name: 'a run went on over a slot: the newest that came could have started at its end',
    children: [ran('09:00', '11:30')],
    spans: ['Overlap 10:59:59', ...DOWN],
  },
  {
    name: 'a run went on over slots after a while without one',
    children: [ran('10:00', '11:30')],
    spans: ['Down 10:00:00', 'Overlap 10:59:59', ...DOWN],
  },
  { name: 'a run ended before the next slot', children: [ran('09:00', '09:30')], spans: DOWN },
  {
    name: 'a run ended so shortly before the next slot that nobody could have seen it',
    children: [ran('09:00', '10:59:51')],
    spans: ['Overlap 10:59:59', ...DOWN],
  },
  {
    name: 'a run ended ten seconds and more before the next slot',
    children: [ran('09:00', '10:59:49')],
    spans: ['Overlap 09:59:59', ...DOWN],
  },
  {
    name: 'a run ended before the stretch began',
    children: [ran('07:00', '08:30')],
    spans: DOWN,
  },
  {
    name: 'a run went on into the stretch',
    children: [ran('07:00', '10:30')],
    spans: ['Overlap 09:59:59', ...DOWN],
  },
  {
    name: 'two runs, the later one told first',
    children: [ran('10:00', '11:30'), ran('09:00', '09:59:55')],
    spans: ['Overlap 09:59:59', 'Down 10:00:00', 'Overlap 10:59:59', ...DOWN],
  },
  {
    name: 'a run within another’s time',
    children: [ran('09:00', '11:30'), ran('10:00', '10:30')],
    spans: ['Overlap 10:59:59', ...DOWN],
  },
  {
    name: 'a run counts from its slot, not from when it was made',
    children: [{ slot: '10:00', metadata: { creationTimestamp: '2016-05-19T10:40:00Z' } }],
    spans: ['Down 10:00:00', 'Overlap 12:00:00'],
  },
  {
    name: 'a run by hand counts from its creation',
    children: [
      { name: `${PLAN}-by-hand`, metadata: { creationTimestamp: '2016-05-19T10:00:00Z' } },
    ],
    spans: ['Down 10:00:00', 'Overlap 12:00:00'],
  },
  {
    name: 'of a run nobody knows when it came, or when it ended',
    children: [
      { name: `${PLAN}-by-hand`, metadata: { creationTimestamp: undefined } },
      { slot: '09:00', state: 'Failed' },
    ],
    spans: DOWN,
  },
])('why slots were missed: $name', ({ children, spans }) => {
  expect(spansOf(snapshot({}, children))).toEqual(spans);
});

test('under Allow no run keeps another from starting', () => {
  const given = snapshot({ spec: { concurrencyPolicy: 'Allow' } }, [{ slot: '09:00' }]);
  expect(spansOf(given)).toEqual(DOWN);
});

test('a run that is being replaced keeps the next from starting', () => {
  const remains = { names: [], graceSeconds: undefined };
  const replaced = [{ name: 'x', uid: 'y', since: at('10:00'), remains }];
  expect(spansOf({ ...snapshot(), replaced })).toEqual(['Down 10:00:00', 'Overlap 12:00:00']);
});

test('an empty stretch has no misses', () => {
  expect(spansOf(snapshot(), { through: '09:00' })).toEqual([]);
  expect(spansOf(snapshot({}, [{ slot: '09:00' }]), { through: '09:00' })).toEqual([]);
});
