import { AclCarrier } from '../mirror/acls/acl-carrier.ts';
import { openLog } from '../mirror/compare/compare-pass.ts';
import { ForeignDigests } from '../mirror/acls/foreign-digests.ts';
import type { NodeTypes } from '../tree/node-types.ts';
import { zooKeeperAclSink } from '../storage/acl-sink.ts';
import { ZooKeeperAcls } from '../storage/zookeeper-acls.ts';
import { ZooKeeperReader } from '../storage/zookeeper-reader.ts';
import type { WriteFence } from '../storage/write-fence.ts';
import type { CommandContext } from './command.ts';
import type { Run } from './run.ts';

/** Carries the access control lists of a run; null where they are not carried over. */
export function aclsOfRun(
  { config, logger, stop }: CommandContext,
  { sides: { source, destination }, record, facts }: Run,
  { fence, nodeTypes }: { readonly fence: WriteFence; readonly nodeTypes: NodeTypes | null },
): AclCarrier | null {
  const [from, to] = [source.session.acls, destination.session.acls];
  facts.carriesAcls = config.preserveAcls && from !== null && to !== null;
  if (!config.preserveAcls || from === null || to === null) return null;
  return new AclCarrier({
    nodeTypes,
    znodes: new ZooKeeperReader(source),
    source: new ForeignDigests({
      lists: new ZooKeeperAcls(source, from),
      algorithmThere: () => fence.digestAlgorithm,
      record,
    }),
    sink: zooKeeperAclSink(destination, to, { fence, rootPath: config.rootPath }),
    record,
    logger,
    signal: stop.signal,
    verify: config.verify,
    dryRun: config.dryRun,
    openLog: () => openLog(config),
  });
}
