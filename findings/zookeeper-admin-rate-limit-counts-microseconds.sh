#!/usr/bin/env bash
# Apache ZooKeeper 3.9.4, AdminServer with its defaults: `GET /commands/snapshot`.
#
# The administrator's guide says that snapshots and restores are limited to one in
# `admin.rateLimiterIntervalInMS`, 300,000 by default: five minutes. The server counts that number in
# microseconds: the limit is 0.3 seconds. A second snapshot one second after the first is given.
#
# Who plans backups around five minutes waits for nothing; who relies on the limit to spare a server has none.
# Seen: the lines at the end. Fails if that changes.
set -euo pipefail
. "$(dirname "$0")/zookeeper-server.bash"
install_zookeeper 3.9.4 org.eclipse.jetty:jetty-server:9.4.57.v20241219 org.eclipse.jetty:jetty-servlet:9.4.57.v20241219 \
  com.fasterxml.jackson.core:jackson-databind:2.15.2
admin_port=$(free_port)
start_server admin.enableServer=true admin.serverAddress=127.0.0.1 "admin.serverPort=$admin_port" -Dzookeeper.admin.snapshot.enabled=true
cat > Limit.java <<'JAVA'
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpResponse.BodyHandlers;
import org.apache.zookeeper.*;
import org.apache.zookeeper.ZooDefs.*;

public class Limit {
  public static void main(String[] args) throws Exception {
    ZooKeeper zk = new ZooKeeper("127.0.0.1:" + args[0], 30000, event -> {});
    zk.addAuthInfo("digest", "admin:password".getBytes());
    zk.setACL("/", Ids.CREATOR_ALL_ACL, -1);
    zk.close();
    HttpRequest snapshot = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + args[1] + "/commands/snapshot?streaming=true"))
        .header("Authorization", "digest admin:password").build();
    HttpClient http = HttpClient.newHttpClient();
    System.out.println("first: " + http.send(snapshot, BodyHandlers.discarding()).statusCode());
    Thread.sleep(1000);
    System.out.println("one second later: " + http.send(snapshot, BodyHandlers.discarding()).statusCode());
  }
}
JAVA
conclude "$(run_java Limit "$port" "$admin_port")" 'first: 200
one second later: 200'
