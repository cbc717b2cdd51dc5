import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { runNowHash, runNowName } from '../../../api/names.ts';
import { rpoEvents } from './events.ts';
import {
  activeRef,
  at,
  iso,
  PLAN,
  PLAN_UID,
  snapshot,
  type ChildInput,
} from './testing/builders.ts';
import { condition, decideOn, ranAtNine } from './testing/decided.ts';

/** The events of one look at a plan that ran at nine. */
function eventsOf(changes: object, children: readonly ChildInput[], metadata: object = {}) {
  const plan = ranAtNine(changes);
  const given = snapshot({ ...plan, metadata: { ...plan.metadata, ...metadata } }, children);
  return decideOn(given, at('09:30')).events.map(({ type, reason, note, cause }) =>
    [type, reason, note, ...(cause === undefined ? [] : [cause])].join(' | '),
  );
}

describe('what is told of the age of a copy', () => {
  const status = (is: string) => ({
    observedGeneration: 1,
    conditions: [condition('RPOMet', is, 'WithinRPO', 'said')] as never,
  });
  const told = (before: string, after: string) => rpoEvents(status(before), status(after));

  test('is when it becomes too old, and when it is young enough again', () => {
    const event = { reason: 'WithinRPO', note: 'said', cause: 'spec.rpo' };
    expect(told('True', 'False')).toEqual([{ type: 'Warning', ...event }]);
    expect(told('False', 'True')).toEqual([{ type: 'Normal', ...event }]);
  });

  test('is nothing while it stays so, and where nobody knew before or knows now', () => {
    expect(told('True', 'True')).toEqual([]);
    expect(told('Unknown', 'True')).toEqual([]);
    expect(told('False', 'Unknown')).toEqual([]);
  });
});

describe('what is told of Synchronizations', () => {
  test('names the one that is there for a slot, once', () => {
    const ten: ChildInput = { slot: '09:15' };
    const [created, ...others] = eventsOf({}, [ten]);
    expect(created).toMatch(/Created Synchronization hourly-\d+ for 2016-05-19T09:15:00Z\.$/);
    expect(others).toEqual([]);
    expect(eventsOf({ active: [activeRef('09:15')] }, [ten])).toEqual([]);
    expect(eventsOf({}, [{ slot: '09:00' }])).toEqual([]);
  });

  test('is nothing of one that belongs to another plan of that name', () => {
    expect(eventsOf({}, [{ slot: '09:15', ownerUid: 'another-plan' }])).toEqual([]);
  });

  test('names the one that was asked for by hand, until the status says that its token had its run', () => {
    const name = runNowName(PLAN, 'please');
    const byHand: ChildInput = { name, state: 'Active' };
    const metadata = {
      annotations: { [ANNOTATIONS.runNow]: 'please', [ANNOTATIONS.runNowUid]: PLAN_UID },
    };
    expect(eventsOf({}, [byHand], metadata)).toEqual([
      expect.stringContaining(`Created Synchronization ${name} as the run-now annotation asks.`),
    ]);
    expect(eventsOf({ lastRunNowToken: 'please' }, [byHand], metadata)).toEqual([]);
    const runNowTokens = [runNowHash('please')];
    expect(eventsOf({ lastRunNowToken: 'later', runNowTokens }, [byHand], metadata)).toEqual([]);
  });

  test('names one that the plan did not create, while it runs', () => {
    expect(eventsOf({}, [{ name: 'odd' }])).toEqual([
      expect.stringContaining('The Synchronization odd names this plan as its controller'),
    ]);
    expect(eventsOf({}, [{ name: 'odd', state: 'Succeeded' }])).toEqual([]);
    expect(eventsOf({}, [{ name: runNowName(PLAN, 'earlier') }])).toEqual([]);
  });

  test('names the one that ended, with its reason, which tells failures apart', () => {
    const active = [activeRef('09:00')];
    const { name } = active[0] as { name: string };
    expect(eventsOf({ active }, [{ slot: '09:00', state: 'Succeeded' }])).toEqual([
      expect.stringContaining(`Synchronization ${name} succeeded (Verified).`),
    ]);
    expect(eventsOf({ active }, [{ slot: '09:00', state: 'Failed' }])).toEqual([
      expect.stringMatching(
        new RegExp(`Synchronization ${name} failed \\(GuardRefused\\)\\. \\| GuardRefused$`),
      ),
    ]);
    expect(eventsOf({ active }, [])).toEqual([
      expect.stringContaining(`The Synchronization ${name} went missing before it ended.`),
    ]);
    expect(name).toContain(PLAN);
  });
});

describe('what is told of missed runs', () => {
  const ENDED: ChildInput = { slot: '09:00', state: 'Succeeded', ended: '09:05' };
  const misses = { evaluatedThrough: iso('09:00'), schedule: '0 * * * ?', timeZone: 'UTC' };
  const missed = (now: string, byReason: object = {}, spec: object = {}) => {
    const plan = ranAtNine({ misses: { ...misses, total: 0, byReason } });
    return decideOn(snapshot({ ...plan, spec: { ...spec } }, [ENDED]), at(now)).events.flatMap(
      ({ cause, note }) => (cause === 'missed runs' ? [note] : []),
    );
  };

  test('is how many they are, and the newest', () => {
    expect(missed('11:10')).toEqual([
      expect.stringMatching(/^Missed the run due at 2016-05-19T10:00:00Z: nobody started it/),
    ]);
    expect(missed('13:10', { Down: 4 })).toEqual([
      expect.stringMatching(/^Missed 3 runs, the last of them due at 2016-05-19T12:00:00Z: /),
    ]);
  });

  test('is of those that nobody started, whatever else was missed since', () => {
    expect(missed('13:10', {}, { startingDeadlineSeconds: 60 })).toEqual([
      expect.stringMatching(/^Missed 3 runs, the last of them due at 2016-05-19T12:00:00Z: /),
    ]);
  });

  test('is nothing where none is missed', () => {
    expect(missed('09:30')).toEqual([]);
    expect(missed('10:10', { Down: 1 })).toEqual([]);
  });
});
