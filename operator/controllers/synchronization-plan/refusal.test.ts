import { expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { runNowName, slotName } from '../../../api/names.ts';
import { factsOf } from './facts.ts';
import { withRefusal } from './refusal.ts';
import type { Snapshot } from './snapshot.ts';
import { at, PLAN, PLAN_UID, snapshot } from './testing/builders.ts';
import type { Verdict } from './verdict.ts';

const DUE = slotName(PLAN, at('10:00'));
const BY_HAND = runNowName(PLAN, 'please');
const RETRY_MS = 10_000;

/** A plan that is asked for a run by hand, and whose UID is noted or not. */
function asked(changes: Partial<Snapshot> = {}, isNoted = true): Snapshot {
  const note = isNoted ? { [ANNOTATIONS.runNowUid]: PLAN_UID } : {};
  const annotations = { [ANNOTATIONS.runNow]: 'please', ...note };
  return { ...snapshot({ metadata: { annotations } }), ...changes };
}

function refusedBy(given: Snapshot, changes: Partial<Verdict> = {}): Verdict {
  const verdict = { ready: true, reason: 'Scheduled', message: 'Runs.', ...changes } as Verdict;
  return withRefusal(given, factsOf(given), verdict);
}

const start = { name: DUE, slot: at('10:00'), scheduledTimestamp: undefined, warnings: [] };

test('a due run that is refused makes the plan not ready, and nothing starts', () => {
  const verdict = refusedBy({ ...snapshot(), refusals: { [DUE]: 'no room.' } }, { start });
  expect(verdict).toMatchObject({ ready: false, reason: 'CreateRefused', lookAgainInMs: RETRY_MS });
  expect(verdict.message).toContain('no room');
  expect(verdict.start).toBeUndefined();
  expect(verdict.news).toEqual({
    ...{ type: 'Warning', reason: 'FailedCreate', cause: 'the API server refuses' },
  });
});

test('a run by hand that is refused is told of, and the plan stays as it is', () => {
  const verdict = refusedBy(asked({ refusals: { [BY_HAND]: 'no room.' } }));
  expect(verdict).toMatchObject({ ready: true, reason: 'Scheduled', lookAgainInMs: RETRY_MS });
  expect(verdict.message).toMatch(
    /^Runs\. The run-now annotation has started nothing yet\. .*no room/,
  );
  expect(verdict.news).toMatchObject({
    ...{ reason: 'FailedCreate', cause: 'the API server refuses' },
    note: expect.stringContaining('no room') as unknown,
  });
});

test('a UID that may not be noted is told of, too', () => {
  const verdict = refusedBy(asked({ refusedNote: 'forbidden.' }, false));
  expect(verdict.message).toMatch(
    /^Runs\. The run-now annotation has started nothing yet\. The API server refused to let the UID/,
  );
  expect(verdict.news).toMatchObject({
    ...{ type: 'Warning', reason: 'FailedUpdate', cause: 'the API server refuses' },
    note: expect.stringMatching(
      /^The API server refused .*: forbidden\. It is tried again/,
    ) as unknown,
  });
  // Without a run that waits for it, only that.
  const quiet = refusedBy({ ...snapshot(), refusedNote: 'forbidden.' });
  expect(quiet.message).toMatch(/^Runs\. The API server refused to let the UID/);
});

test('what is looked at sooner stays so', () => {
  const given = { ...snapshot(), refusals: { [DUE]: 'no.' } };
  expect(refusedBy(given, { start, lookAgainInMs: 5 }).lookAgainInMs).toBe(5);
  expect(refusedBy(given, { start, lookAgainInMs: 60_000 }).lookAgainInMs).toBe(RETRY_MS);
});

test('where nothing was refused, nothing changes', () => {
  const verdict = refusedBy(asked({ refusals: { other: 'no.' } }), { start });
  expect(verdict).toEqual({ ready: true, reason: 'Scheduled', message: 'Runs.', start });
});
