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
    { code: -125, outcome: 'Incomplete' },
    { code: -102, outcome: 'AuthenticationFailed' },
    { code: -119, outcome: 'DestinationUnavailable' },
    { code: -14, outcome: 'DestinationUnavailable' },
    { code: -118, outcome: 'SessionLost' },
    { code: -112, outcome: 'SessionLost' },
    { code: -999, outcome: 'Incomplete' },
  ])('$code ends as $outcome', ({ code, outcome }) => {
    expect(failure(code)).toMatchObject({ outcome });
  });

  test('that is larger than a worker takes names the znode, and no log that would tell nothing', () => {
    const details = { operation: 'getChildren', path: '/a', replyBytes: 200_000_000 };
    const error = new ZooKeeperError('ReplyTooLarge', 'reply of 200000000 bytes', details);
    const { outcome, message } = answerFailure('source', error);
    expect(outcome).toBe('Incomplete');
    expect(message).toContain('getChildren "/a"');
    expect(message).toContain('exclude.paths');
    expect(message).not.toContain('log of the server');
  });

  test('of an ensemble that makes no ephemerals is final and names the setting', () => {
    const { outcome, guard, message } = failure(-120);
    expect({ outcome, guard }).toEqual({ outcome: 'GuardRefused', guard: 'LocalSessions' });
    expect(message).toContain('localSessionsUpgradingEnabled=true');
  });
});
