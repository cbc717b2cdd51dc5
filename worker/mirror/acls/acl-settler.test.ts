import { expect, test } from '@jest/globals';
import { aclSet, OPEN_ACL } from '../../tree/acl-set.ts';
import { AclSettler } from './acl-settler.ts';
import type { AclReader, AclSink, AclWriteOutcome } from '../../tree/acl-tree.ts';
import { createDifferenceLog } from '../compare/difference-log.ts';
import { MirrorRecord } from '../mirror-record.ts';
import { silentLogger } from '../testing/run-mirror.ts';

const LISTS = 3_000;
const CLOSED = aclSet([{ permissions: 31, scheme: 'digest', id: 'a:hash' }]);

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Reads of a side, each of which takes longer than the one before. */
function reader(acl: typeof OPEN_ACL): AclReader {
  let reads = 0;
  return {
    readAcls: async (paths) => {
      reads += 1;
      for (let turns = reads * 3; turns > 0; turns -= 1) await turn();
      return paths.map(() => ({
        kind: 'acl' as const,
        acl,
        aclVersion: 0,
        createdZxid: 1n,
        dataZxid: 1n,
      }));
    },
  };
}

test('sets no more lists once it has rejected because the destination was lost', async () => {
  let written = 0;
  const sink: AclSink = {
    ...reader(OPEN_ACL),
    writeAcl: async (): Promise<AclWriteOutcome> => {
      written += 1;
      const isFirst = written === 1;
      await turn();
      if (isFirst) throw new Error('destination lost');
      await turn();
      return { kind: 'done', aclVersion: 1, createdZxid: 1n };
    },
    judgeAcl: () => Promise.resolve('full'),
    sizeRemedy: '',
  };
  const settler = new AclSettler({
    source: reader(CLOSED),
    sink,
    record: new MirrorRecord(),
    logger: silentLogger,
    signal: new AbortController().signal,
    verify: false,
    openLog: createDifferenceLog,
  });
  for (let index = 0; index < LISTS; index += 1) settler.later(`/${index}`, 'acl');
  const judge = () => Promise.resolve({ acl: CLOSED, judgement: 'full' as const });
  await expect(settler.settle(judge)).rejects.toThrow('destination lost');
  const writtenWhenItRejected = written;
  for (let more = 0; more < 50; more += 1) await turn();
  expect(written).toBe(writtenWhenItRejected);
  expect(written).toBeLessThan(LISTS / 2);
});
