package example.solr;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.solr.client.solrj.SolrQuery;
import org.apache.solr.client.solrj.impl.CloudSolrClient;
import org.apache.solr.client.solrj.request.CollectionAdminRequest;
import org.apache.solr.common.SolrInputDocument;
import org.apache.solr.common.cloud.SolrZkClient;
import org.apache.solr.common.cloud.ZkMaintenanceUtils;
import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/**
 * Two nodes of SolrCloud. Arguments: servers of ZooKeeper with a chroot or without, a directory of its
 * own, two ports. Takes commands from standard input and answers each with one line; ends when
 * standard input does.
 */
public class Nodes {
  private static final String SOLR_XML =
      "<solr><solrcloud><str name=\"host\">127.0.0.1</str><int name=\"hostPort\">${hostPort:0}</int>"
          + "<str name=\"hostContext\">/solr</str><int name=\"zkClientTimeout\">15000</int></solrcloud></solr>";
  private static final String SCHEMA =
      "<schema name=\"small\" version=\"1.6\"><fieldType name=\"string\" class=\"solr.StrField\"/><fieldType name=\"long\" class=\"solr.LongPointField\" docValues=\"true\"/>"
          + "<field name=\"id\" type=\"string\" indexed=\"true\" stored=\"true\" required=\"true\"/>"
          + "<field name=\"_version_\" type=\"long\" indexed=\"false\" stored=\"false\"/><uniqueKey>id</uniqueKey></schema>";
  private static final String CONFIGURATION =
      "<config><luceneMatchVersion>9.8</luceneMatchVersion><schemaFactory class=\"ClassicIndexSchemaFactory\"/>"
          + "<updateHandler class=\"solr.DirectUpdateHandler2\"><updateLog/></updateHandler>"
          + "<requestHandler name=\"/select\" class=\"solr.SearchHandler\"/></config>";

  public static void main(String[] arguments) throws Exception {
    String zooKeeper = arguments[0];
    Path directory = Path.of(arguments[1]);
    String[] ports = arguments[2].split(",");
    System.setProperty("zkHost", zooKeeper);
    System.setProperty("solr.log.dir", directory.resolve("logs").toString());
    List<JettySolrRunner> nodes = new ArrayList<>();
    for (int index = 0; index < ports.length; index += 1) {
      Path home = Files.createDirectories(directory.resolve("node-" + index));
      Files.writeString(home.resolve("solr.xml"), SOLR_XML);
      Properties properties = new Properties();
      properties.setProperty("zkHost", zooKeeper);
      JettySolrRunner node = new JettySolrRunner(home.toString(), properties, JettyConfig.builder().setPort(Integer.parseInt(ports[index])).build());
      node.start();
      nodes.add(node);
    }
    String chroot = zooKeeper.contains("/") ? zooKeeper.substring(zooKeeper.indexOf('/')) : null;
    String servers = chroot == null ? zooKeeper : zooKeeper.substring(0, zooKeeper.indexOf('/'));
    try (CloudSolrClient client = new CloudSolrClient.Builder(List.of(servers), Optional.ofNullable(chroot)).build()) {
      answer("ready");
      BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        try {
          answer(carryOut(line.split(" "), client, nodes, directory));
        } catch (Exception error) {
          error.printStackTrace();
          answer("failed " + error);
        }
      }
    }
    Collections.reverse(nodes);
    for (JettySolrRunner node : nodes) node.stop();
    System.exit(0);
  }

  private static String carryOut(String[] command, CloudSolrClient client, List<JettySolrRunner> nodes, Path directory) throws Exception {
    switch (command[0]) {
      case "configure": {
        Path configuration = Files.createDirectories(directory.resolve("configuration"));
        Files.writeString(configuration.resolve("schema.xml"), SCHEMA);
        Files.writeString(configuration.resolve("solrconfig.xml"), CONFIGURATION);
        SolrZkClient zooKeeper = nodes.get(0).getCoreContainer().getZkController().getZkClient();
        ZkMaintenanceUtils.uploadToZK(zooKeeper, configuration, "/configs/small", null);
        return "configured";
      }
      case "collection":
        CollectionAdminRequest.createCollection(command[1], "small", 2, 1).process(client);
        return "created";
      case "alias":
        CollectionAdminRequest.createAlias(command[1], command[2]).process(client);
        return "created";
      case "write":
        for (int id = 0; id < 10; id += 1) {
          SolrInputDocument document = new SolrInputDocument();
          document.addField("id", command[1] + id);
          client.add(command[1], document);
        }
        client.commit(command[1]);
        return "written";
      case "find":
        return "found " + client.query(command[1], new SolrQuery("*:*")).getResults().getNumFound();
      case "list":
        return new TreeSet<>(CollectionAdminRequest.listCollections(client)).toString();
      default:
        return "unknown";
    }
  }

  private static synchronized void answer(String line) {
    System.out.println("> " + line);
    System.out.flush();
  }
}
