#!/usr/bin/env bash
# Apache ZooKeeper 3.9.4, server with -Dzookeeper.enforceQuota=true, and its own Java client.
#
# A hard count limit of 5 (`setquota -N 5`) refuses the sixth znode when znodes are created one by one.
# One transaction (multi) of twelve creates goes through whole: each create is checked against the
# tree as it was before the transaction, so none of them sees the others. After it the subtree holds 13
# znodes under a limit of 5, and every further create, also of one znode, is refused.
#
# Who copies a tree in batches can therefore overshoot a quota, and the next run is refused for it.
# Seen: the lines at the end. Fails if that changes.
set -euo pipefail
. "$(dirname "$0")/zookeeper-server.bash"
install_zookeeper 3.9.4
start_server -Dzookeeper.enforceQuota=true
cat > Quota.java <<'JAVA'
import java.util.*;
import org.apache.zookeeper.*;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.cli.SetQuotaCommand;
import org.apache.zookeeper.StatsTrack;

public class Quota {
  public static void main(String[] args) throws Exception {
    ZooKeeper zk = new ZooKeeper("127.0.0.1:" + args[0], 30000, event -> {});
    for (String root : List.of("/single", "/batch")) {
      zk.create(root, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      StatsTrack limit = new StatsTrack();
      limit.setCountHardLimit(5);
      SetQuotaCommand.createQuota(zk, root, limit);
    }
    int made = 0;
    try {
      for (; made < 12; made++) create(zk, "/single/n" + made);
    } catch (KeeperException.QuotaExceededException refused) { }
    System.out.println("one by one: " + made + " created");

    List<Op> creates = new ArrayList<>();
    for (int i = 0; i < 12; i++)
      creates.add(Op.create("/batch/n" + i, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
    System.out.println("one transaction: " + zk.multi(creates).size() + " created");
    try {
      create(zk, "/batch/next");
      System.out.println("then one more: created");
    } catch (KeeperException.QuotaExceededException refused) {
      System.out.println("then one more: " + refused.code());
    }
    zk.close();
  }

  static void create(ZooKeeper zk, String path) throws Exception {
    zk.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
  }
}
JAVA
conclude "$(run_java Quota "$port")" 'one by one: 4 created
one transaction: 12 created
then one more: QUOTAEXCEEDED'
