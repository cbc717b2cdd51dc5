import { describe, expect, test } from '@jest/globals';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { Session, StepsReply, WriteStep } from './session.ts';
import type { Side } from './side.ts';
import { WriteMark } from './write-mark.ts';

const DONE: StepsReply = { refusal: null, zxid: 1n };
const lost = new ZooKeeperError('ConnectionLoss', 'the connection broke');

/** A mark at a server that answers each batch so, in turn. */
function markAt(answers: readonly (StepsReply | ZooKeeperError)[]) {
  const sent: string[] = [];
  const left = [...answers];
  const write = (steps: readonly WriteStep[]): Promise<StepsReply> => {
    sent.push(steps.map(({ kind }) => kind).join(' '));
    const answer = left.shift() ?? DONE;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const side = { name: 'destination', session: { write } as Partial<Session> } as Side;
  const mark = new WriteMark({
    side,
    path: '/last-write',
    run: { writerId: 'writer', runUid: 'run' },
    acl: () => null,
  });
  return { mark, sent };
}

const CHECKS: readonly WriteStep[] = [{ kind: 'check', path: '/holder' }];

describe('the mark of the last write', () => {
  test('is made anew where nobody knows whether it was made: every batch counts on it', async () => {
    const noMark: StepsReply = { refusal: { index: 1, code: 'NoNode' }, zxid: null };
    const { mark, sent } = markAt([noMark, lost, noMark]);
    expect(await mark.move(CHECKS, 'tree')).toBeNull();
    expect(sent).toEqual(['check update', 'check create', 'check update', 'check create']);
  });

  test('tells which step was refused, for a lost lock is another thing than a mark of others', async () => {
    const noLock: StepsReply = { refusal: { index: 0, code: 'NoNode' }, zxid: null };
    const notOurs: StepsReply = { refusal: { index: 1, code: 'NoAuth' }, zxid: null };
    expect(await markAt([noLock, noLock]).mark.move(CHECKS, 'tree')).toEqual(noLock.refusal);
    const exists: StepsReply = { refusal: { index: 1, code: 'NodeExists' }, zxid: null };
    expect(await markAt([notOurs, exists]).mark.move(CHECKS, 'tree')).toEqual(notOurs.refusal);
  });
});
