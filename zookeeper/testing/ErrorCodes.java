import org.apache.zookeeper.KeeperException;

/** Prints each error code of the ZooKeeper on the class path: its number and its name. */
class ErrorCodes {
  public static void main(String[] words) {
    for (KeeperException.Code code : KeeperException.Code.values()) {
      System.out.println("code " + code.intValue() + " " + code.name());
    }
  }
}
