import { describe, expect, test } from '@jest/globals';
import type { Logger } from '../../../common/logger.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { apply, type ApplyDependencies } from './apply.ts';
import type { Decision } from './decide.ts';
import { at, childObject, planObject, snapshot } from './testing/builders.ts';

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

const refusal = (code: number) =>
  new KubeApiError({ code, reason: 'Refused', message: 'said why', request: 'POST' });

interface Answers {
  readonly create?: Error;
  readonly delete?: Error;
  readonly annotate?: Error;
}

/** What is asked of the server, and told, where it answers so. */
function recorder(answers: Answers = {}) {
  const calls: unknown[] = [];
  const answer = <T>(name: keyof Answers, value: T, said: unknown): Promise<T> => {
    calls.push([name, said]);
    const error = answers[name];
    return error === undefined ? Promise.resolve(value) : Promise.reject(error);
  };
  const clock = new FakeClock(at('10:00:07'));
  const dependencies = {
    plans: {
      writeStatus: (object: unknown) => {
        calls.push(['writeStatus']);
        return Promise.resolve(object);
      },
      annotate: () => answer('annotate', planObject(), undefined),
    },
    children: {
      create: () => answer('create', childObject({ slot: '10:00' }), undefined),
      delete: ({ metadata }: { metadata: { name: string } }) =>
        answer('delete', undefined, metadata.name),
      get: () => Promise.resolve(undefined),
    },
    events: {
      record: ({ reason, note, cause }: { reason: string; note: string; cause?: string }) => {
        calls.push(['event', reason, note, ...(cause === undefined ? [] : [cause])]);
        return Promise.resolve();
      },
    },
    onStart: (delaySeconds: number) => {
      calls.push(['onStart', delaySeconds]);
    },
    clock,
  } as unknown as ApplyDependencies;
  return { calls, dependencies };
}

function contextOf(signal = new AbortController().signal) {
  return { signal, logger: silent, yieldToWaiting: () => Promise.resolve(), term: {} };
}

const CHILD = snapshot({}, [{ slot: '09:00', state: 'Succeeded' }]).children[0]!;
const { name: NAME } = CHILD;

function decision(changes: Partial<Decision>): Decision {
  return {
    notesUid: false,
    start: undefined,
    events: [],
    deletions: [],
    stops: [],
    writesBeforeDeleting: false,
    status: {},
    ...changes,
  } as unknown as Decision;
}

const START = {
  name: 'hourly-10',
  slot: at('10:00'),
  manifest: {},
  warnings: [],
} as unknown as NonNullable<Decision['start']>;

describe('a start', () => {
  test('tells how late it was, and waits with the status until it is decided on anew', async () => {
    const { calls, dependencies } = recorder();
    await apply(decision({ start: START }), snapshot(), contextOf(), dependencies);
    expect(calls).toEqual([
      ['create', undefined],
      ['onStart', 7],
    ]);
  });

  test('writes the status first where a deletion would destroy what it tells of', async () => {
    const { calls, dependencies } = recorder();
    const both = decision({ start: START, deletions: [CHILD], writesBeforeDeleting: true });
    await apply(both, snapshot(), contextOf(), dependencies);
    expect(calls.map((call) => (call as unknown[])[0])).toEqual([
      ...['writeStatus', 'delete', 'event', 'create', 'onStart'],
    ]);
  });

  test('keeps what the server refused for the next decision, beside what it refused before', async () => {
    const { dependencies } = recorder({ create: refusal(403) });
    const before = { ...snapshot(), refusals: { other: 'no' } };
    const after = await apply(decision({ start: START }), before, contextOf(), dependencies);
    expect(after?.refusals).toEqual({ other: 'no', 'hourly-10': expect.stringContaining('said') });
  });

  test('that fails at the server is told, and tried again', async () => {
    const { calls, dependencies } = recorder({ create: refusal(500) });
    const start = decision({ start: START });
    await expect(apply(start, snapshot(), contextOf(), dependencies)).rejects.toThrow('said why');
    expect(calls.at(-1)).toEqual([
      ...['event', 'FailedCreate'],
      expect.stringMatching(/^Could not create Synchronization hourly-10: .*said why/),
      'the API server fails',
    ]);
  });

  test('that does not reach the server is not told: the next one will', async () => {
    const { calls, dependencies } = recorder({ create: new Error('no line') });
    const start = decision({ start: START });
    await expect(apply(start, snapshot(), contextOf(), dependencies)).rejects.toThrow('no line');
    expect(calls).toEqual([['create', undefined]]);
  });
});

describe('a deletion', () => {
  test('is told, with its reason', async () => {
    const { calls, dependencies } = recorder();
    await apply(decision({ deletions: [CHILD] }), snapshot(), contextOf(), dependencies);
    await apply(decision({ stops: [CHILD] }), snapshot(), contextOf(), dependencies);
    expect(calls.filter((call) => (call as unknown[])[0] === 'event')).toEqual([
      ['event', 'SuccessfulDelete', `Deleted Synchronization ${NAME}, beyond the history limits.`],
      [
        ...['event', 'SuccessfulDelete'],
        `Deleted Synchronization ${NAME}, which the next run replaces.`,
      ],
    ]);
  });

  test('that is refused is told as such, and keeps nothing else from being done', async () => {
    const { calls, dependencies } = recorder({ delete: refusal(403) });
    const both = decision({ start: START, deletions: [CHILD] });
    await apply(both, snapshot(), contextOf(), dependencies);
    expect(calls).toEqual([
      ['delete', NAME],
      [
        ...['event', 'FailedDelete'],
        expect.stringMatching(new RegExp(`^Could not delete Synchronization ${NAME}: .*said why`)),
        'the API server refuses',
      ],
      ['create', undefined],
      ['onStart', 7],
    ]);
  });

  test('that fails because the operator stops is no failure to tell of', async () => {
    const { calls, dependencies } = recorder({ delete: new Error('stopped') });
    const deletions = decision({ deletions: [CHILD] });
    const context = contextOf(AbortSignal.abort());
    await expect(apply(deletions, snapshot(), context, dependencies)).rejects.toThrow('stopped');
    expect(calls.filter((call) => (call as unknown[])[0] === 'event')).toEqual([]);
  });
});

describe('the note of the UID', () => {
  test('that is refused is said in the next decision; any other failure is tried again', async () => {
    const notes = decision({ notesUid: true });
    const refused = recorder({ annotate: refusal(403) });
    const after = await apply(notes, snapshot(), contextOf(), refused.dependencies);
    expect(after?.refusedNote).toContain('said why');
    const failed = recorder({ annotate: refusal(500) });
    const again = apply(notes, snapshot(), contextOf(), failed.dependencies);
    await expect(again).rejects.toThrow('said why');
  });
});
