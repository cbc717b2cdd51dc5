import { randomUUID } from 'node:crypto';
import type { AclSink } from '../tree/acl-tree.ts';
import { parentPath } from '../tree/paths.ts';
import { AclJudge } from './acl-judge.ts';
import type { SessionAcls } from './session.ts';
import { absolutePath, type Side } from './side.ts';
import { ZooKeeperAcls } from './zookeeper-acls.ts';
import type { WriteFence } from './write-fence.ts';

function* atAndAbove(path: string): Iterable<string> {
  for (let place: string | null = path; place !== null; place = parentPath(place)) yield place;
}

/** The access control lists of the side that is written. */
export function zooKeeperAclSink(
  side: Side,
  acls: SessionAcls,
  { fence, rootPath }: { readonly fence: WriteFence; readonly rootPath: string },
): AclSink {
  const lists = new ZooKeeperAcls(side, acls);
  const root = absolutePath(side.options, rootPath);
  const judge = new AclJudge({
    side,
    acls,
    ownDir: () => fence.ownDir,
    // Where the root is not there yet it is created, so one of them lets this user create.
    places: [...atAndAbove(root)],
    runUid: randomUUID(),
  });
  return {
    readAcls: (paths) => lists.readAcls(paths),
    writeAcl: (path, acl, aclVersion) => lists.writeAcl(path, acl, aclVersion),
    judgeAcl: (acl) => judge.judge(acl),
    get sizeRemedy() {
      return side.requestLimit.remedy;
    },
  };
}
