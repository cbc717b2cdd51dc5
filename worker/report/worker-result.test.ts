import { describe, expect, test } from '@jest/globals';
import { MirrorRecord } from '../mirror/mirror-record.ts';
import { buildResult, judgeEnding } from './worker-result.ts';
import type { RunFacts } from './worker-result.ts';

const FACTS: RunFacts = {
  rootPath: '/test',
  dryRun: false,
  verify: true,
  fenced: true,
  notFencedBecause: null,
  carriesAcls: true,
  carriesCounters: true,
  typesNotMade: [],
  pendingCommands: [],
};

function recordWith(change: (record: MirrorRecord) => void): MirrorRecord {
  const record = new MirrorRecord();
  record.verified = true;
  change(record);
  return record;
}

interface Case {
  readonly name: string;
  readonly record: MirrorRecord;
  readonly facts?: Partial<RunFacts>;
  readonly outcome: string;
}

const CASES: readonly Case[] = [
  { name: 'everything copied', record: recordWith(() => undefined), outcome: 'Success' },
  {
    name: 'ephemerals, exclusions and what only the destination has',
    record: recordWith((record) => {
      record.skip('Ephemeral', '/test/a');
      record.skip('Excluded', '/test/b');
      record.skip('DestinationOnly', '/test/c');
    }),
    outcome: 'Success',
  },
  {
    name: 'a znode that was too large',
    record: recordWith((record) => {
      record.refuse('TooLarge', '/test/a');
    }),
    outcome: 'Incomplete',
  },
  {
    name: 'a znode left behind',
    record: recordWith((record) => {
      record.leaveBehind('/test/a');
    }),
    outcome: 'Incomplete',
  },
  {
    name: 'not verified',
    record: recordWith((record) => {
      record.verified = false;
    }),
    outcome: 'Incomplete',
  },
  {
    name: 'not verified, as wished',
    record: recordWith((record) => {
      record.verified = false;
    }),
    facts: { verify: false },
    outcome: 'Success',
  },
  {
    name: 'a dry run, which has nothing to verify',
    record: recordWith((record) => {
      record.verified = false;
    }),
    facts: { dryRun: true },
    outcome: 'Success',
  },
];

describe('how a run ended', () => {
  test.each(CASES)('$name: $outcome', ({ record, facts, outcome }) => {
    expect(judgeEnding(record, { ...FACTS, ...facts }).outcome).toBe(outcome);
  });
});

describe('the result of a run', () => {
  test('tells the counts, the point of the source and what is not carried', () => {
    const record = recordWith((each) => {
      each.point = {
        zxid: 255n,
        time: new Date('2026-01-01T00:00:00Z'),
        destinationZxid: 1n,
      };
      each.created = 3;
      each.skip('Ephemeral', '/test/lock');
    });
    const result = buildResult(record, FACTS, judgeEnding(record, FACTS));
    expect(result).toMatchObject({
      outcome: 'Success',
      message:
        'Copied and verified: /test is as the source had it at zxid 0xff; ' +
        '3 created, 0 updated, 0 deleted, 0 unchanged.',
      source: { zxid: '0xff', time: '2026-01-01T00:00:00.000Z' },
      skipped: [{ reason: 'Ephemeral', count: 1, paths: ['/test/lock'] }],
      notCarried: [],
    });
  });

  test.each([true, false])('of a dry run (%s) says so, and that nothing was verified', (dryRun) => {
    const record = recordWith((each) => {
      each.verified = false;
    });
    const facts = { ...FACTS, dryRun };
    const result = buildResult(record, facts, judgeEnding(record, facts));

    expect(result).toMatchObject({ dryRun, verified: false });
  });

  test('says what to do about types that the destination does not make', () => {
    const typesNotMade = [
      { type: 'Container', remedy: 'update it' },
      { type: 'TTL', remedy: 'turn it on' },
    ] as const;
    const facts = { ...FACTS, typesNotMade };
    const record = recordWith(() => undefined);
    const { outcome, notCarried } = buildResult(record, facts, judgeEnding(record, facts));
    expect(outcome).toBe('Success');
    expect(notCarried).toEqual([
      { what: 'containers', remedy: 'update it' },
      { what: 'ttlZnodes', remedy: 'turn it on' },
    ]);
  });

  test('says that copies with a time to live go, whatever keeps them alive at the source', () => {
    const record = recordWith((each) => {
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) each.sawShortLived(`/${name}`, 60_000);
      each.sawShortLived('/g', 4_000);
    });
    const { notCarried } = buildResult(record, FACTS, judgeEnding(record, FACTS));
    expect(notCarried).toEqual([
      {
        what: 'ttlTouches',
        count: 7,
        paths: ['/a', '/b', '/c', '/d', '/e'],
        remedy: expect.stringContaining('a copy goes 4000 ms after it was last written') as unknown,
      },
    ]);
  });

  test('warns of commands that wait at the destination, and lists those of the source, too', () => {
    const pendingCommands = [
      { preset: 'Kafka', side: 'source', count: 1, paths: ['/a'], remedy: 'say them again' },
      { preset: 'Kafka', side: 'destination', count: 2, paths: ['/b', '/c'], remedy: 'delete' },
    ] as const;
    const facts = { ...FACTS, pendingCommands };
    const record = recordWith(() => undefined);
    const result = buildResult(record, facts, judgeEnding(record, facts));
    expect(result).toMatchObject({ outcome: 'Success', pendingCommands });
    expect(result.message).toContain(
      'At the destination 2 commands of Kafka would be carried out (first /b): see pendingCommands.',
    );
    expect(result.message).not.toContain('/a');
  });

  test('names the first of what was left out', () => {
    const record = recordWith((each) => {
      each.refuse('TooLarge', '/test/a');
      each.refuse('TooLarge', '/test/b');
    });
    expect(judgeEnding(record, FACTS).message).toBe(
      'Not everything could be copied; left out: 2 TooLarge (first /test/a).',
    );
  });

  test('names at most five paths a reason, and counts all', () => {
    const record = recordWith((each) => {
      for (const index of Array(9).keys()) each.skip('Ephemeral', `/test/${index}`);
    });
    expect(record.skipped).toEqual([
      {
        reason: 'Ephemeral',
        count: 9,
        paths: ['/test/0', '/test/1', '/test/2', '/test/3', '/test/4'],
      },
    ]);
  });
});
