#!/usr/bin/env bash
# Apache ZooKeeper 3.9.4, server with -Dzookeeper.DigestAuthenticationProvider.digestAlg=SHA-256.
#
# A digest entry of an access control list that a server with the default algorithm (SHA-1) made is taken
# without a word, and served back as it was written. It lets nobody in, also not who knows user and
# password. Client and server say nothing of the algorithm; only the length of the hash differs
# (28 characters of base64, 44 for SHA-256).
#
# Who copies lists from one ensemble to the other locks everybody out but the superuser.
# Seen: the lines at the end. Fails if that changes.
set -euo pipefail
. "$(dirname "$0")/zookeeper-server.bash"
install_zookeeper 3.9.4
start_server -Dzookeeper.DigestAuthenticationProvider.digestAlg=SHA-256
cat > Digest.java <<'JAVA'
import java.security.MessageDigest;
import java.util.*;
import org.apache.zookeeper.*;
import org.apache.zookeeper.ZooDefs.*;
import org.apache.zookeeper.data.*;

public class Digest {
  public static void main(String[] args) throws Exception {
    ZooKeeper zk = new ZooKeeper("127.0.0.1:" + args[0], 30000, event -> {});
    zk.addAuthInfo("digest", "user:password".getBytes());
    zk.create("/own", new byte[0], Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
    System.out.println("hash that this server makes: " + hashLength(zk, "/own") + " characters");

    byte[] sha1 = MessageDigest.getInstance("SHA-1").digest("user:password".getBytes());
    Id foreign = new Id("digest", "user:" + Base64.getEncoder().encodeToString(sha1));
    // READ for everybody, so that what the server keeps can be seen.
    List<ACL> list = Arrays.asList(new ACL(Perms.ALL, foreign), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE));
    zk.create("/copied", new byte[0], list, CreateMode.PERSISTENT);
    System.out.println("create with the list of a SHA-1 server: taken");
    for (String path : List.of("/own", "/copied")) {
      try {
        zk.setData(path, new byte[] {1}, -1);
        System.out.println("setData " + path + " as user: OK");
      } catch (KeeperException refused) {
        System.out.println("setData " + path + " as user: " + refused.code());
      }
    }
    zk.close();
  }

  static int hashLength(ZooKeeper zk, String path) throws Exception {
    return zk.getACL(path, new Stat()).get(0).getId().getId().split(":")[1].length();
  }
}
JAVA
conclude "$(run_java Digest "$port")" 'hash that this server makes: 44 characters
create with the list of a SHA-1 server: taken
setData /own as user: OK
setData /copied as user: NOAUTH'
