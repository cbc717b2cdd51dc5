import { describe, expect, test } from '@jest/globals';
import { SERVER_ERRORS } from '../../api/server-errors.ts';
import { EXIT_CODES } from '../../api/worker-contract.ts';
import { errorCodeOf, ZooKeeperError } from '../../zookeeper/index.ts';
import { answerFailure } from './server-answer.ts';

function failure(serverCode: number) {
  const code = errorCodeOf(serverCode);
  const details = { serverCode, operation: 'create', path: '/a\u009bb' };
  return answerFailure('destination', new ZooKeeperError(code, 'no', details));
}

describe('an answer that a run cannot go on with', () => {
  test.each(Object.entries(SERVER_ERRORS))(
    '%s is an end of the contract, with its name, its meaning and what to do',
    (name, { code, meaning, remedy }) => {
      expect(errorCodeOf(code)).toBe(name);
      const { outcome, message } = failure(code);
      expect(Object.keys(EXIT_CODES)).toContain(outcome);
      expect(message).toContain(name);
      if (outcome !== 'SessionLost') expect(message).toContain(`${meaning} ${remedy}`);
    },
  );

  test.each([
    { name: 'quotas are for a person to raise', codes: [-125], outcome: 'Incomplete' },
    { name: 'rights are for a person to grant', codes: [-102], outcome: 'AuthenticationFailed' },
    {
      name: 'a server that cannot do it now may be well at the next attempt',
      codes: [-1, -2, -3, -5, -7, -13, -14, -119, -122, -127],
      outcome: 'DestinationUnavailable',
    },
    {
      name: 'a session that is over is opened anew at the next attempt',
      codes: [-4, -12, -112, -118],
      outcome: 'SessionLost',
    },
    { name: 'nobody knows what it means', codes: [-999], outcome: 'Incomplete' },
  ])('$name: $codes end as $outcome', ({ codes, outcome }) => {
    for (const code of codes) expect(failure(code)).toMatchObject({ outcome, guard: null });
  });

  test('that only says that the session is over says so, and that the next attempt goes on', () => {
    const closed = new ZooKeeperError('Closed', 'closed by ourselves');
    expect(answerFailure('source', closed)).toMatchObject({
      outcome: 'SessionLost',
      message: 'The session with the source was lost (Closed): the next attempt goes on.',
      cause: closed,
    });
  });

  const { meaning, remedy } = SERVER_ERRORS.QuotaExceeded;
  test.each<{ asked: string; details: ConstructorParameters<typeof ZooKeeperError>[2] }>([
    { asked: 'create "/a b"', details: { operation: 'create', path: '/a b' } },
    { asked: 'multi', details: { operation: 'multi' } },
    { asked: 'a request', details: {} },
  ])('says what was asked, as far as that is known: $asked', ({ asked, details }) => {
    const error = new ZooKeeperError('QuotaExceeded', 'no', { ...details, serverCode: -125 });
    expect(answerFailure('source', error)).toMatchObject({
      message: `The source answered ${asked} with QuotaExceeded, -125: ${meaning} ${remedy}`,
      cause: error,
    });
  });

  test('that has no words of its own is told in those of the client, by number where there is one', () => {
    const said = (serverCode: number | null) =>
      answerFailure(
        'server',
        new ZooKeeperError(serverCode === null ? 'BadArguments' : 'Unknown', 'what it says', {
          ...{ operation: 'exists', path: '/a', serverCode },
        }),
      ).message;
    expect(said(-999)).toBe(
      'The server answered exists "/a" with Unknown, -999 (what it says): look into the log of the server.',
    );
    expect(said(null)).toMatch(/^The server answered exists "\/a" with BadArguments[: ]/);
  });

  test('that is larger than a worker takes names the znode, and no log that would tell nothing', () => {
    const details = { operation: 'getChildren', path: '/a', replyBytes: 200_000_000 };
    const error = new ZooKeeperError('ReplyTooLarge', 'reply of 200000000 bytes', details);
    const { outcome, message } = answerFailure('source', error);
    expect(outcome).toBe('Incomplete');
    expect(message).toContain(
      'The answer of the source to getChildren "/a" is larger than a worker takes at once (reply of 200000000 bytes): ',
    );
    expect(message).toContain('exclude.paths');
    expect(message).not.toContain('log of the server');
  });

  test('of an ensemble that makes no ephemerals is final and names the setting', () => {
    const { outcome, guard, message } = failure(-120);
    expect({ outcome, guard }).toEqual({ outcome: 'GuardRefused', guard: 'LocalSessions' });
    expect(message).toContain('localSessionsUpgradingEnabled=true');
  });
});
