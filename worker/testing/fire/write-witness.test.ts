import { describe, expect, test } from '@jest/globals';
import type { LoggedChange, LoggedTransaction } from '../../../zookeeper/testing/index.ts';
import { controlDir } from '../../storage/control-tree.ts';
import { WriteWitness } from './write-witness.ts';

const ROOT = '/test';
const DIR = controlDir(ROOT);
const MARK: LoggedChange = { kind: 'setData', path: `${DIR}/last-write`, data: null };

let zxid = 0n;

function by(sessionId: bigint, ...changes: LoggedChange[]): LoggedTransaction {
  return { sessionId, zxid: (zxid += 1n), closesSession: false, changes };
}

const holds = (sessionId: bigint) => by(sessionId, create(`${DIR}/holder-${sessionId}`, true));
const writes = (sessionId: bigint) => by(sessionId, MARK, create(`${ROOT}/a`));
const ends = (sessionId: bigint) => ({ ...by(sessionId), closesSession: true });

function create(path: string, isEphemeral = false): LoggedChange {
  return { kind: 'create', path, data: null, isEphemeral };
}

function judge(...transactions: LoggedTransaction[]): readonly string[] {
  const witness = new WriteWitness(ROOT, `${ROOT}/kept`);
  witness.see(transactions);
  return witness.problems;
}

describe('a witness of the writes', () => {
  test('has nothing to say of one holder after the other', () => {
    const next = [holds(2n), ends(1n), writes(2n)];
    expect(judge(holds(1n), writes(1n), writes(1n), ...next)).toEqual([]);
    expect(judge(by(3n, create('/elsewhere')))).toEqual([]);
  });

  test.each([
    { name: 'without a holder', transactions: [writes(1n)] },
    { name: 'after its session', transactions: [holds(1n), ends(1n), writes(1n)] },
    { name: 'beside an older holder', transactions: [holds(1n), holds(2n), writes(2n)] },
    {
      name: 'after its holder was deleted',
      transactions: [holds(1n), by(3n, { kind: 'delete', path: `${DIR}/holder-1` }), writes(1n)],
    },
  ])('sees a write $name', ({ transactions }) => {
    expect(judge(...transactions)).toEqual([expect.stringContaining('without the hold')]);
  });

  test('sees a write that leaves the mark where it is, and a loss', () => {
    const unmarked = judge(holds(1n), by(1n, create(`${ROOT}/a`)));
    expect(unmarked).toEqual([expect.stringContaining('without moving the mark')]);
    const lost = judge(holds(1n), by(1n, MARK, { kind: 'delete', path: `${ROOT}/kept/n1` }));
    expect(lost).toEqual([expect.stringContaining('/test/kept/n1 was deleted')]);
  });
});
