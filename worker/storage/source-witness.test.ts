import { describe, expect, test } from '@jest/globals';
import { ZooKeeperError, type ErrorCode } from '../../zookeeper/index.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
import type { Session } from './session.ts';
import type { Side, SideOptions } from './side.ts';
import { SourceWitness } from './source-witness.ts';

/** A witness at a source that answers every creation so. */
function witnessAnswered(code: ErrorCode): SourceWitness {
  const answer = () => Promise.reject(new ZooKeeperError(code, `answered with ${code}`));
  const session: Partial<Session> = {
    sync: () => Promise.resolve(1n),
    exists: () => Promise.resolve(null),
    create: answer,
    write: answer,
    getData: answer,
    acls: null,
  };
  const options: Partial<SideOptions> = { chroot: '' };
  const side = { name: 'source', session, options } as Side;
  return new SourceWitness({
    side,
    path: '/.resiliency-operator/witness',
    about: {} as never,
    runUid: 'run',
    logger: silentLogger,
  });
}

describe('the witness at the source', () => {
  test('is not left where that is not allowed', async () => {
    expect(await witnessAnswered('NoAuth').begin(null)).toEqual({
      proved: false,
      reason: 'NotAllowed',
    });
  });

  test('is not called forbidden by a source that was only busy, for as long as it was asked', async () => {
    await expect(witnessAnswered('Throttled').begin(null)).rejects.toMatchObject({
      outcome: 'SourceUnavailable',
    });
  });
});
