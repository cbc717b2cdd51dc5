#!/usr/bin/env bash
# Apache ZooKeeper 3.9.4: a server that ran with -Dzookeeper.extendedTypesEnabled=true and is started again
# without it, on the same data.
#
# A TTL znode (of a day here) is stored with an owner that only the flag tells from a session. Without the
# flag it is taken for an ephemeral of a session that does not exist, and is deleted while the server
# starts. Containers and ordinary znodes stay. Starting with the flag again does not bring it back.
#
# Who restores a backup or starts a standby without the flag loses every TTL znode, with data that is young.
# Seen: the lines at the end. Fails if that changes.
set -euo pipefail
. "$(dirname "$0")/zookeeper-server.bash"
install_zookeeper 3.9.4
cat > Ttl.java <<'JAVA'
import java.util.*;
import org.apache.zookeeper.*;
import org.apache.zookeeper.ZooDefs.*;

public class Ttl {
  public static void main(String[] args) throws Exception {
    ZooKeeper zk = new ZooKeeper("127.0.0.1:" + args[0], 30000, event -> {});
    if (args[1].equals("create")) {
      zk.create("/ttl", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, null, 86_400_000);
      zk.create("/container", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER);
      zk.create("/persistent", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }
    List<String> names = new ArrayList<>(zk.getChildren("/", false));
    names.remove("zookeeper");
    Collections.sort(names);
    System.out.println(names);
    zk.close();
  }
}
JAVA
restart() {
  if [ -n "$server" ]; then kill "$server" && wait "$server" || true; fi
  start_server "$@"
}
flag=-Dzookeeper.extendedTypesEnabled=true
restart $flag
found="with the flag: $(run_java Ttl "$port" create)"
restart $flag
found+=$'\n'"started again with it: $(run_java Ttl "$port" list)"
restart
found+=$'\n'"started again without it: $(run_java Ttl "$port" list)"
restart $flag
found+=$'\n'"and with it: $(run_java Ttl "$port" list)"
conclude "$found" 'with the flag: [container, persistent, ttl]
started again with it: [container, persistent, ttl]
started again without it: [container, persistent]
and with it: [container, persistent]'
