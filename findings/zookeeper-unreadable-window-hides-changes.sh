#!/usr/bin/env bash
# Apache ZooKeeper 3.7.2 and 3.9.4, and their own Java client with a persistent recursive watch.
#
# A znode is readable for the watcher, its list is closed, its data changes, its list is opened again.
# With 3.7.2 the watcher is told of the change of data. With 3.9.4 it is not (events of what a client may
# not read are left out since 3.8.4 and 3.9.2), and when the list opens again nothing makes up for it:
# a change of a list is no event. The watcher may read the new data, and is never told that it is there.
#
# Who follows a tree by watches must look at access control lists by itself, and reread data where one changed.
# Seen: the lines at the end. Fails if that changes.
set -euo pipefail
. "$(dirname "$0")/zookeeper-server.bash"
cat > Window.java <<'JAVA'
import java.util.*;
import java.util.concurrent.*;
import org.apache.zookeeper.*;
import org.apache.zookeeper.ZooDefs.*;
import org.apache.zookeeper.data.*;

public class Window {
  public static void main(String[] args) throws Exception {
    String servers = "127.0.0.1:" + args[0];
    ZooKeeper owner = new ZooKeeper(servers, 30000, event -> {});
    ZooKeeper watcher = new ZooKeeper(servers, 30000, event -> {});
    owner.addAuthInfo("digest", "owner:password".getBytes());
    List<ACL> closed = Arrays.asList(new ACL(Perms.ALL, Ids.AUTH_IDS));
    List<ACL> open = Arrays.asList(closed.get(0), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE));
    owner.create("/znode", "v1".getBytes(), open, CreateMode.PERSISTENT);
    BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
    watcher.addWatch("/", events::add, AddWatchMode.PERSISTENT_RECURSIVE);
    owner.setACL("/znode", closed, -1);
    owner.setData("/znode", "v2".getBytes(), -1);
    owner.setACL("/znode", open, -1);
    // The last event that there must be: what is to come of the znode has come before it.
    owner.create("/end", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    List<String> told = new ArrayList<>();
    for (WatchedEvent event; !(event = events.take()).getPath().equals("/end"); ) told.add(event.getType() + " " + event.getPath());
    System.out.println("told: " + told + ", data: " + new String(watcher.getData("/znode", false, null)));
    owner.close();
    watcher.close();
  }
}
JAVA
found=
for version in 3.7.2 3.9.4; do
  install_zookeeper "$version"
  rm -rf data
  start_server
  found+="$version $(run_java Window "$port")"$'\n'
  kill "$server" && wait "$server" || true
  server=
done
conclude "${found%$'\n'}" '3.7.2 told: [NodeDataChanged /znode], data: v2
3.9.4 told: [], data: v2'
