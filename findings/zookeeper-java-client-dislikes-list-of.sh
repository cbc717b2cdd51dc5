#!/usr/bin/env bash
# Apache ZooKeeper's own Java client, 3.9.4.
#
# `create` and `setACL` look for null entries with `list.contains(null)`. A list that `List.of` made throws a
# NullPointerException when it is asked that, so the call fails inside the client before anything is sent.
# Lists of `Arrays.asList` and of `Stream.toList` are taken.
# Seen: the lines at the end. Fails if that changes.
set -euo pipefail
. "$(dirname "$0")/zookeeper-server.bash"
install_zookeeper 3.9.4
start_server
cat > Lists.java <<'JAVA'
import java.util.*;
import java.util.stream.*;
import org.apache.zookeeper.*;
import org.apache.zookeeper.ZooDefs.*;
import org.apache.zookeeper.data.*;

public class Lists {
  public static void main(String[] args) throws Exception {
    ZooKeeper zk = new ZooKeeper("127.0.0.1:" + args[0], 30000, event -> {});
    ACL entry = new ACL(Perms.ALL, Ids.ANYONE_ID_UNSAFE);
    attempt(zk, "Arrays.asList", Arrays.asList(entry));
    attempt(zk, "Stream.toList", Stream.of(entry).toList());
    attempt(zk, "List.of", List.of(entry));
    zk.close();
  }

  static void attempt(ZooKeeper zk, String name, List<ACL> list) throws Exception {
    try {
      zk.create("/" + name, new byte[0], list, CreateMode.PERSISTENT);
      System.out.println(name + ": created");
    } catch (NullPointerException error) {
      System.out.println(name + ": NullPointerException");
    }
  }
}
JAVA
conclude "$(run_java Lists "$port")" 'Arrays.asList: created
Stream.toList: created
List.of: NullPointerException'
