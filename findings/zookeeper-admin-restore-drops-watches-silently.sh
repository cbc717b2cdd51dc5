#!/usr/bin/env bash
# Apache ZooKeeper 3.9.4: `POST /commands/restore` of its AdminServer, while a client is connected that
# holds a persistent recursive watch.
#
# The tree is replaced below the client's feet. Its connection and session stay, it gets no event for
# what the restore took away, and its watch is gone: later writes are not told either. The zxid
# that the server answers with falls. Nothing but `removeWatches`/`checkWatches` shows that there is no watch.
#
# Who follows a tree by watches alone keeps a stale copy for ever and sees no error.
# Seen: the lines at the end. Fails if that changes.
set -euo pipefail
. "$(dirname "$0")/zookeeper-server.bash"
install_zookeeper 3.9.4 org.eclipse.jetty:jetty-server:9.4.57.v20241219 org.eclipse.jetty:jetty-servlet:9.4.57.v20241219 \
  com.fasterxml.jackson.core:jackson-databind:2.15.2
admin_port=$(free_port)
start_server admin.enableServer=true admin.serverAddress=127.0.0.1 "admin.serverPort=$admin_port" \
  -Dzookeeper.admin.snapshot.enabled=true -Dzookeeper.admin.restore.enabled=true
cat > Restore.java <<'JAVA'
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.*;
import java.util.concurrent.*;
import org.apache.zookeeper.*;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs.Ids;

public class Restore {
  static final HttpClient http = HttpClient.newHttpClient();

  public static void main(String[] args) throws Exception {
    ZooKeeper zk = new ZooKeeper("127.0.0.1:" + args[0], 30000, event -> {});
    String admin = "http://127.0.0.1:" + args[1] + "/commands/";
    // Who has all rights on the root may take and restore snapshots.
    zk.addAuthInfo("digest", "admin:password".getBytes());
    zk.setACL("/", Ids.CREATOR_ALL_ACL, -1);
    String user = "digest admin:password";
    create(zk, "/before");
    byte[] snapshot = http.send(HttpRequest.newBuilder(URI.create(admin + "snapshot?streaming=true"))
        .header("Authorization", user).build(), BodyHandlers.ofByteArray()).body();

    BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
    zk.addWatch("/", events::add, AddWatchMode.PERSISTENT_RECURSIVE);
    create(zk, "/after");
    System.out.println("before the restore: " + events.take().getPath() + " is told");
    long session = zk.getSessionId();

    int code = http.send(HttpRequest.newBuilder(URI.create(admin + "restore")).header("Authorization", user)
        .header("Content-Type", "application/octet-stream")
        .POST(HttpRequest.BodyPublishers.ofByteArray(snapshot)).build(), BodyHandlers.ofString()).statusCode();
    System.out.println("restore: " + code);
    System.out.println("/after: " + (zk.exists("/after", false) == null ? "gone" : "there"));
    create(zk, "/later");
    // An event stands before the reply to a later request of its connection: after this none can come.
    zk.exists("/", false);
    System.out.println("same session: " + (zk.getSessionId() == session) + ", state " + zk.getState());
    System.out.println("events since the restore: " + events.size());
    try {
      zk.removeAllWatches("/", Watcher.WatcherType.Any, false);
      System.out.println("watch: there");
    } catch (KeeperException none) {
      System.out.println("watch: " + none.code());
    }
    zk.close();
  }

  static void create(ZooKeeper zk, String path) throws Exception {
    zk.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
  }
}
JAVA
conclude "$(run_java Restore "$port" "$admin_port")" 'before the restore: /after is told
restore: 200
/after: gone
same session: true, state CONNECTED
events since the restore: 0
watch: NOWATCHER'
