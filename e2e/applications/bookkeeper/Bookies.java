import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.bookkeeper.client.BKException;
import org.apache.bookkeeper.client.BookKeeper;
import org.apache.bookkeeper.client.BookKeeper.DigestType;
import org.apache.bookkeeper.client.BookKeeperAdmin;
import org.apache.bookkeeper.client.LedgerHandle;
import org.apache.bookkeeper.common.component.LifecycleComponent;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.replication.AutoRecoveryMain;
import org.apache.bookkeeper.server.EmbeddedServer;
import org.apache.bookkeeper.server.conf.BookieConfiguration;

/**
 * Three bookies, the last with an id of its own, and their auditor. Arguments: servers of ZooKeeper, a
 * directory of its own, three ports. Takes commands from standard input and answers each with one
 * line; ends when standard input does.
 */
public class Bookies {
  private static final byte[] PASSWORD = "password".getBytes();
  private static final List<LifecycleComponent> bookies = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    String uri = "zk+hierarchical://" + arguments[0] + "/ledgers";
    File directory = new File(arguments[1]);
    String[] ports = arguments[2].split(",");
    ServerConfiguration format = configuration(uri, directory, ports, 0);
    if (!BookKeeperAdmin.initNewCluster(format)) System.err.println("cluster exists");
    for (int index = 0; index < ports.length; index += 1) {
      ServerConfiguration configuration = configuration(uri, directory, ports, index);
      LifecycleComponent bookie = EmbeddedServer.builder(new BookieConfiguration(configuration)).build().getLifecycleComponentStack();
      bookie.start();
      bookies.add(bookie);
    }
    // All bookies are there before anybody looks for those that are missing.
    List<AutoRecoveryMain> recoveries = new ArrayList<>();
    for (int index = 0; index < ports.length; index += 1) {
      AutoRecoveryMain recovery = new AutoRecoveryMain(configuration(uri, directory, ports, index));
      recovery.start();
      recoveries.add(recovery);
    }
    ClientConfiguration client = new ClientConfiguration();
    client.setMetadataServiceUri(uri);
    try (BookKeeper bookKeeper = new BookKeeper(client)) {
      answer("ready");
      BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        try {
          answer(carryOut(line.split(" "), bookKeeper, client));
        } catch (Exception error) {
          error.printStackTrace();
          answer("failed " + error);
        }
      }
    }
    for (AutoRecoveryMain recovery : recoveries) recovery.shutdown();
    Collections.reverse(bookies);
    for (LifecycleComponent bookie : bookies) bookie.close();
    System.exit(0);
  }

  private static String carryOut(String[] command, BookKeeper bookKeeper, ClientConfiguration client) throws Exception {
    switch (command[0]) {
      case "write": {
        LedgerHandle ledger = bookKeeper.createLedger(3, 2, 2, DigestType.CRC32C, PASSWORD);
        for (int entry = 0; entry < 10; entry += 1) ledger.addEntry(("entry " + entry).getBytes());
        ledger.close();
        return String.valueOf(ledger.getId());
      }
      case "delete":
        bookKeeper.deleteLedger(Long.parseLong(command[1]));
        return "deleted";
      case "read":
        try (LedgerHandle ledger = bookKeeper.openLedger(Long.parseLong(command[1]), DigestType.CRC32C, PASSWORD)) {
          return "entries " + (ledger.getLastAddConfirmed() + 1);
        } catch (BKException.BKNoSuchLedgerExistsOnMetadataServerException error) {
          return "none";
        }
      case "list": {
        List<Long> ids = new ArrayList<>();
        try (BookKeeperAdmin admin = new BookKeeperAdmin(client)) {
          for (long id : admin.listLedgers()) ids.add(id);
        }
        return ids.toString();
      }
      case "stop":
        bookies.remove(Integer.parseInt(command[1])).close();
        return "stopped";
      default:
        return "unknown";
    }
  }

  private static ServerConfiguration configuration(String uri, File directory, String[] ports, int index) {
    File own = new File(directory, "bookie-" + index);
    ServerConfiguration configuration = new ServerConfiguration();
    configuration.setMetadataServiceUri(uri);
    configuration.setBookiePort(Integer.parseInt(ports[index]));
    configuration.setAllowLoopback(true);
    configuration.setAdvertisedAddress("127.0.0.1");
    configuration.setJournalDirName(new File(own, "journal").getPath());
    configuration.setLedgerDirNames(new String[] {new File(own, "ledgers").getPath()});
    if (index == 2) configuration.setBookieId("bk-three");
    return configuration;
  }

  private static synchronized void answer(String line) {
    System.out.println("> " + line);
    System.out.flush();
  }
}
