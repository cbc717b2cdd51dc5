import { describe, expect, test } from '@jest/globals';
import { SERVER_ERRORS } from '../../api/server-errors.ts';
import type { WorkerResult } from '../../api/worker-contract.ts';
import { MirrorRecord } from '../mirror/mirror-record.ts';
import {
  buildResult,
  judgeEnding,
  mistakeResult,
  type Ending,
  type RunFacts,
} from './worker-result.ts';

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

function resultOf(
  change: (record: MirrorRecord) => void,
  facts: Partial<RunFacts> = {},
): WorkerResult {
  const record = recordWith(change);
  const all = { ...FACTS, ...facts };
  return buildResult(record, all, judgeEnding(record, all));
}

function endingOf(change: (record: MirrorRecord) => void): Ending {
  return judgeEnding(recordWith(change), FACTS);
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

describe('what a run says that did not copy everything', () => {
  test('each reason that was not intended, with its count, its first path and what to do', () => {
    const ending = endingOf((record) => {
      record.skip('Ephemeral', '/test/lock');
      record.refuse('QuotaExceeded', '/test/a');
      record.refuse('QuotaExceeded', '/test/b');
      record.refuse('InvalidName', '/test/\u0001');
    });
    expect(ending).toMatchObject({ outcome: 'Incomplete', guard: null });
    expect(ending.message).toContain(
      'left out: 2 QuotaExceeded (first /test/a), 1 InvalidName (first /test/\u0001). QuotaExceeded: ',
    );
    expect(ending.message).toContain('exclude them (exclude.paths).');
    expect(ending.message).not.toContain('Ephemeral');
  });

  test('what to do about each, in as many sentences', () => {
    const { meaning, remedy } = SERVER_ERRORS.QuotaExceeded;
    const { message } = endingOf((record) => {
      record.refuse('ReservedPath', '/test/zookeeper');
      record.refuse('QuotaExceeded', '/test/a');
    });
    expect(message).toBe(
      'Not everything could be copied; left out: 1 ReservedPath (first /test/zookeeper), 1 QuotaExceeded (first /test/a).' +
        ' Its place belongs to ZooKeeper or the operator at the destination: give the destination a chroot, too, or exclude the path.' +
        ` QuotaExceeded: ${meaning} ${remedy}`,
    );
  });

  test('why a znode is too large for the destination, where that is known', () => {
    const { message } = endingOf((record) => {
      record.refuse('TooLarge', '/test/a');
      record.tooLargeBecause = 'Raise jute.maxbuffer.';
    });
    expect(message).toBe(
      'Not everything could be copied; left out: 1 TooLarge (first /test/a). Raise jute.maxbuffer.',
    );
  });

  test('how many were left behind, and the first of them', () => {
    const ending = endingOf((record) => {
      record.leaveBehind('/test/a');
      record.leaveBehind('/test/b');
    });
    expect(ending).toEqual({
      outcome: 'Incomplete',
      message:
        '2 znodes changed while they were being copied, or their writes were lost with the connection (first /test/a): run again.',
      guard: null,
    });
  });

  test.each([
    ['sequenceCounters', 'counter of sequential znodes'],
    ['dataVersions', 'data version'],
  ] as const)('whose number the destination refused to raise, and why: %s', (what, word) => {
    const ending = endingOf((record) => {
      record.refuseToRaise(what, '/test/a', 'QuotaExceeded');
    });
    expect(ending).toMatchObject({ outcome: 'Incomplete', guard: null });
    expect(ending.message).toContain(
      `refused to raise the ${word} of /test/a (QuotaExceeded): status.result.notCarried says how far it is behind. Raise or remove the quota`,
    );
  });

  test('no remedy for a number that was refused with an error nobody knows', () => {
    const { message } = endingOf((record) => {
      record.refuseToRaise('dataVersions', '/test/a', 'Unknown');
    });
    expect(message).toMatch(/\(Unknown\): status\.result\.notCarried says how far it is behind\.$/);
  });

  test('that the copy was written and not verified', () => {
    const ending = endingOf((record) => {
      record.verified = false;
    });
    expect(ending).toMatchObject({ outcome: 'Incomplete', guard: null });
    expect(ending.message).toContain('could not be verified');
  });
});

describe('a dry run never counts as a copy', () => {
  test('whatever its record says, no time of lists is told that were not compared with a copy', () => {
    const result = resultOf(
      (record) => {
        record.verified = false;
        record.aclsComparedTime = new Date('2026-01-01T00:00:00Z');
        record.created = 2;
      },
      { dryRun: true, fenced: false },
    );
    expect(result).toMatchObject({ outcome: 'Success', dryRun: true, verified: false });
    expect(result.message).toBe(
      'Dry run, nothing was written; /test would have 2 created, 0 updated, 0 deleted, 0 unchanged.',
    );
    expect(result).not.toHaveProperty('aclsVerifiedTime');
  });

  test('and a run that nobody was to verify is not verified', () => {
    const result = resultOf(
      (record) => {
        record.verified = false;
      },
      { verify: false },
    );
    expect(result).toMatchObject({ outcome: 'Success', dryRun: false, verified: false });
    expect(result.message).toMatch(/^Copied, not verified: \/test is/);
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

  test('is all that is known of it', () => {
    const result = resultOf((record) => {
      Object.assign(record, { created: 1, updated: 2, deleted: 3, unchanged: 4, bytesWritten: 5 });
      record.settled = true;
      record.aclsComparedTime = new Date('2026-01-01T00:00:01Z');
      record.point = { zxid: null, time: new Date('2026-01-01T00:00:00Z'), destinationZxid: null };
      record.durations.totalMs = 6;
    });
    expect(result).toEqual({
      version: 1,
      outcome: 'Success',
      message:
        'Copied and verified: /test is as the source had it; 1 created, 2 updated, 3 deleted, 4 unchanged.',
      dryRun: false,
      verified: true,
      fenced: true,
      settled: true,
      source: { time: '2026-01-01T00:00:00.000Z' },
      aclsVerifiedTime: '2026-01-01T00:00:01.000Z',
      counts: { created: 1, updated: 2, deleted: 3, unchanged: 4 },
      skipped: [],
      notCarried: [],
      bytesWritten: 5,
      durations: { compareMs: 0, applyMs: 0, verifyMs: 0, totalMs: 6 },
    });
  });

  test('of a run that a guard refused names the guard', () => {
    const ending = { outcome: 'GuardRefused', message: 'no', guard: 'EmptySource' } as const;
    expect(
      buildResult(
        recordWith(() => undefined),
        FACTS,
        ending,
      ),
    ).toMatchObject(ending);
    expect(resultOf(() => undefined)).not.toHaveProperty('guard');
  });

  test('of a run that nobody could understand says so, and that nothing was done', () => {
    expect(mistakeResult('Which root?')).toEqual({
      version: 1,
      outcome: 'BadArguments',
      message: 'Which root?',
      dryRun: false,
      verified: false,
      fenced: false,
      settled: null,
      counts: { created: 0, updated: 0, deleted: 0, unchanged: 0 },
      skipped: [],
      notCarried: [],
      bytesWritten: 0,
      durations: { compareMs: 0, applyMs: 0, verifyMs: 0, totalMs: 0 },
    });
  });

  test('says why it is not fenced, where that is not for lack of writing', () => {
    const notFencedBecause = 'no ephemerals there';
    const { message } = resultOf(() => undefined, { notFencedBecause });
    expect(message).toMatch(/unchanged\. Not fenced: no ephemerals there\.$/);
  });

  test('tells the history of the source where somebody asked for it', () => {
    const history = { isContinuous: true } as unknown as NonNullable<MirrorRecord['history']>;
    const result = resultOf((record) => {
      record.history = history;
    });
    expect(result.sourceHistory).toBe(history);
  });

  test('says which lists and counters were not to be carried', () => {
    const { notCarried } = resultOf(() => undefined, {
      carriesAcls: false,
      carriesCounters: false,
    });
    expect(notCarried).toEqual([{ what: 'acls' }, { what: 'sequenceCounters' }]);
  });

  test.each(['sequenceCounters', 'dataVersions'] as const)(
    'counts the numbers that are left low, and by how much, those that were to be raised first: %s',
    (what) => {
      const { notCarried } = resultOf((record) => {
        record.notRaised(what, '/a', 1);
        record.notRaised(what, '/b', 2);
        for (const path of ['/c', '/d', '/e', '/f']) record.leaveLow(what, path, 10);
      });
      expect(notCarried).toEqual([
        { what, count: 6, paths: ['/c', '/d', '/e', '/f', '/a'], missing: 43 },
      ]);
    },
  );

  test.each([
    ['own', 'belong to the user at the destination'],
    ['inherited', 'has no identity that they could belong to'],
  ] as const)(
    'says what lists the znodes above the root have that were created: %s',
    (list, why) => {
      const { notCarried } = resultOf((record) => {
        record.madeParent('/a', 'own');
        for (const path of ['/a/b', '/a/b/c', '/d', '/e', '/f']) record.madeParent(path, list);
      });
      expect(notCarried).toEqual([
        {
          what: 'parentAcls',
          count: 6,
          paths: ['/a', '/a/b', '/a/b/c', '/d', '/e'],
          remedy: expect.stringContaining(why) as unknown,
        },
      ]);
    },
  );

  test('is Incomplete, and verified by nobody, where the source was set back while it was read', () => {
    const record = new MirrorRecord();
    record.history = { proved: false, reason: 'SetBackMeanwhile' };
    const ending = judgeEnding(record, { dryRun: false, verify: true } as RunFacts);
    expect(ending).toMatchObject({
      outcome: 'Incomplete',
      message: expect.stringMatching(/^The source was set back .* Run again\.$/) as unknown,
    });
  });

  test.each([
    [1, ' 1 znode '],
    [7, ' 7 znodes '],
  ])('says that users of %d lists cannot log in at the destination', (count, words) => {
    const { message, notCarried, outcome } = resultOf((record) => {
      for (let at = 0; at < count; at += 1) {
        record.sawForeignDigest(`/a/${at}`, { here: 'SHA1', there: 'SHA-256' });
        record.sawForeignDigest(`/a/${at}`, { here: 'SHA1', there: 'SHA-256' });
      }
    });
    expect(outcome).toBe('Success');
    expect(message).toContain(`Users of${words}cannot log in at the destination (first /a/0)`);
    expect(notCarried).toEqual([
      {
        what: 'digestLogins',
        count,
        paths: ['/a/0', '/a/1', '/a/2', '/a/3', '/a/4'].slice(0, count),
        remedy: expect.stringMatching(
          /are hashed by SHA1, and the destination hashes by SHA-256: .*digestAlg=SHA1,/,
        ) as unknown,
      },
    ]);
  });

  test('warns of the commands of each system, in a dry run as well', () => {
    const pendingCommands = [
      { preset: 'Kafka', side: 'destination', count: 1, paths: ['/a'], remedy: 'delete' },
      { preset: 'Solr', side: 'destination', count: 2, paths: ['/b', '/c'], remedy: 'delete' },
    ] as const;
    expect(resultOf(() => undefined, { pendingCommands, dryRun: true }).message).toBe(
      'Dry run, nothing was written; /test would have 0 created, 0 updated, 0 deleted, 0 unchanged.' +
        ' At the destination 1 command of Kafka would be carried out (first /a): see pendingCommands.' +
        ' At the destination 2 commands of Solr would be carried out (first /b): see pendingCommands.',
    );
  });

  test('counts one command in words of its own', () => {
    const pendingCommands = [
      { preset: 'Kafka', side: 'destination', count: 1, paths: ['/a'], remedy: 'delete' },
    ] as const;
    expect(resultOf(() => undefined, { pendingCommands }).message).toContain(
      'At the destination 1 command of Kafka would be carried out (first /a)',
    );
    expect(resultOf(() => undefined)).not.toHaveProperty('pendingCommands');
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
