import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import kafka.server.KafkaConfig;
import kafka.server.KafkaServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Time;
import scala.Option;

/**
 * Brokers of a Kafka that keeps its metadata in ZooKeeper. Arguments: servers of ZooKeeper, a directory
 * of its own, a port for each. Takes commands from standard input and answers each with one
 * line; ends when standard input does.
 */
public class Brokers {
  private static final List<KafkaServer> brokers = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    String[] ports = arguments[2].split(",");
    for (String port : ports) {
      KafkaServer broker = new KafkaServer(
          KafkaConfig.fromProps(configuration(arguments[0], new File(arguments[1]), port)),
          Time.SYSTEM, Option.empty(), false);
      broker.startup();
      brokers.add(broker);
    }
    answer("ready");
    String bootstrap = "127.0.0.1:" + ports[0];
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
        answer(carryOut(line.split(" "), admin, bootstrap));
      } catch (Exception error) {
        error.printStackTrace();
        answer("failed " + error);
      }
    }
    Collections.reverse(brokers);
    for (KafkaServer broker : brokers) broker.shutdown();
    System.exit(0);
  }

  private static String carryOut(String[] command, Admin admin, String bootstrap) throws Exception {
    switch (command[0]) {
      case "topic":
        admin.createTopics(List.of(new NewTopic(command[1], 2, (short) brokers.size()))).all().get();
        return "created";
      case "configure": {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, command[1]);
        AlterConfigOp retention = new AlterConfigOp(new ConfigEntry("retention.ms", command[2]), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(topic, List.of(retention))).all().get();
        return "configured";
      }
      case "user": {
        ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
        admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(command[1], info, "password"))).all().get();
        return "created";
      }
      case "allow": {
        ResourcePattern topic = new ResourcePattern(ResourceType.TOPIC, command[2], PatternType.valueOf(command[3]));
        AccessControlEntry entry = new AccessControlEntry("User:" + command[1], "*", AclOperation.READ, AclPermissionType.ALLOW);
        admin.createAcls(List.of(new AclBinding(topic, entry))).all().get();
        return "allowed";
      }
      case "produce": {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("enable.idempotence", true);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
          for (int record = 0; record < 10; record += 1) {
            producer.send(new ProducerRecord<>(command[1], String.valueOf(record), "record " + record)).get();
          }
        }
        return "produced";
      }
      case "consume": {
        int found = 0;
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("group.id", "group");
        settings.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
          consumer.subscribe(List.of(command[1]));
          for (int round = 0; round < 30 && found < 10; round += 1) {
            for (ConsumerRecord<String, String> ignored : consumer.poll(Duration.ofSeconds(1))) found += 1;
          }
        }
        return "consumed " + found;
      }
      case "delete":
        admin.deleteTopics(List.of(command[1])).all().get();
        return "deleted";
      case "reassign":
        admin.alterPartitionReassignments(Map.of(
            new TopicPartition(command[1], 0), Optional.of(new NewPartitionReassignment(List.of(Integer.parseInt(command[2])))))).all().get();
        return "reassigned";
      case "stop":
        brokers.remove(brokers.size() - 1).shutdown();
        return "stopped";
      case "list":
        return new TreeSet<>(admin.listTopics().names().get()).toString();
      case "describe": {
        int acls = admin.describeAcls(AclBindingFilter.ANY).values().get().size();
        Object users = admin.describeUserScramCredentials().all().get().keySet();
        return "acls " + acls + " users " + users;
      }
      default:
        return "unknown";
    }
  }

  /** Ids are given out by ZooKeeper, and kept in the directory. */
  private static Properties configuration(String zooKeeper, File directory, String port) {
    Properties configuration = new Properties();
    configuration.put("zookeeper.connect", zooKeeper);
    configuration.put("listeners", "PLAINTEXT://127.0.0.1:" + port);
    configuration.put("log.dirs", new File(directory, port).getPath());
    configuration.put("authorizer.class.name", "kafka.security.authorizer.AclAuthorizer");
    configuration.put("super.users", "User:ANONYMOUS");
    configuration.put("offsets.topic.num.partitions", "1");
    configuration.put("offsets.topic.replication.factor", "1");
    // 128 MiB a broker by default, which three in one process have no room for.
    configuration.put("log.cleaner.dedupe.buffer.size", "4194304");
    configuration.put("group.initial.rebalance.delay.ms", "0");
    return configuration;
  }

  private static synchronized void answer(String line) {
    System.out.println("> " + line);
    System.out.flush();
  }
}
