package example.curator;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceType;
import org.apache.zookeeper.CreateMode;

/**
 * Most recipes, each used once and held, below /recipes. Arguments: servers of ZooKeeper, milliseconds
 * that TTL znodes live. Takes commands from standard input and answers each with one line; ends when
 * standard input does.
 */
public class Recipes {
  private static final List<Closeable> held = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    CuratorFramework client = CuratorFrameworkFactory.builder()
        .connectString(arguments[0])
        .namespace("recipes")
        .retryPolicy(new ExponentialBackoffRetry(100, 5))
        .build();
    client.start();
    answer("ready");
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      try {
        answer(carryOut(line.split(" "), client, Long.parseLong(arguments[1])));
      } catch (Exception error) {
        error.printStackTrace();
        answer("failed " + error);
      }
    }
    Collections.reverse(held);
    for (Closeable each : held) each.close();
    client.close();
    System.exit(0);
  }

  private static String carryOut(String[] command, CuratorFramework client, long ttlMs) throws Exception {
    switch (command[0]) {
      case "hold":
        hold(client);
        return "held";
      case "live": {
        PersistentTtlNode node = new PersistentTtlNode(client, "/ttl", ttlMs, "data".getBytes());
        node.start();
        node.waitForInitialCreate(30, java.util.concurrent.TimeUnit.SECONDS);
        held.add(node);
        return "lives";
      }
      case "next":
        return String.valueOf(new DistributedAtomicLong(client, "/atomic", new ExponentialBackoffRetry(100, 5)).increment().postValue());
      case "lock": {
        InterProcessMutex mutex = new InterProcessMutex(client, "/mutex");
        boolean isHeld = mutex.acquire(10, java.util.concurrent.TimeUnit.SECONDS);
        if (isHeld) mutex.release();
        return isHeld ? "locked" : "not locked";
      }
      default:
        return "unknown";
    }
  }

  private static void hold(CuratorFramework client) throws Exception {
    LeaderLatch latch = new LeaderLatch(client, "/latch", "me");
    latch.start();
    latch.await();
    held.add(latch);
    InterProcessMutex mutex = new InterProcessMutex(client, "/mutex");
    mutex.acquire();
    new InterProcessSemaphoreV2(client, "/semaphore", 2).acquire();
    GroupMember member = new GroupMember(client, "/group", "me", "data".getBytes());
    member.start();
    held.add(member);
    new DistributedBarrier(client, "/barrier").setBarrier();
    PersistentNode node = new PersistentNode(client, CreateMode.EPHEMERAL, false, "/node/me", "data".getBytes());
    node.start();
    node.waitForInitialCreate(30, java.util.concurrent.TimeUnit.SECONDS);
    held.add(node);
    DistributedAtomicLong atomic = new DistributedAtomicLong(client, "/atomic", new ExponentialBackoffRetry(100, 5));
    for (int times = 0; times < 3; times += 1) atomic.increment();
    SharedCount count = new SharedCount(client, "/count", 0);
    count.start();
    count.setCount(7);
    held.add(count);
    DistributedQueue<String> queue = QueueBuilder.builder(client, (QueueConsumer<String>) null, new Text(), "/queue").buildQueue();
    queue.start();
    for (int item = 0; item < 3; item += 1) queue.put("item " + item);
    held.add(queue);
    ServiceDiscovery<Void> discovery = ServiceDiscoveryBuilder.builder(Void.class).client(client).basePath("/services").build();
    discovery.start();
    discovery.registerService(instance("dynamic", ServiceType.DYNAMIC));
    discovery.registerService(instance("permanent", ServiceType.PERMANENT));
    held.add(discovery);
  }

  private static ServiceInstance<Void> instance(String id, ServiceType type) throws Exception {
    return ServiceInstance.<Void>builder().name("shop").id(id).address("10.0.0.1").port(80).serviceType(type).build();
  }

  private static class Text implements QueueSerializer<String> {
    @Override
    public byte[] serialize(String item) {
      return item.getBytes();
    }

    @Override
    public String deserialize(byte[] bytes) {
      return new String(bytes);
    }
  }

  private static synchronized void answer(String line) {
    System.out.println("> " + line);
    System.out.flush();
  }
}
