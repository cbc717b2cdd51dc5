package example.shop;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ConfigCenterConfig;
import org.apache.dubbo.config.MetadataReportConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.model.ApplicationModel;
import org.apache.dubbo.rpc.model.FrameworkModel;

/**
 * An application that offers services, and one that calls them. Arguments: servers of ZooKeeper, two
 * ports. Takes commands from standard input and answers each with one line; ends when standard input
 * does.
 */
public class Services {
  public interface Greeter {
    String greet(String name);
  }

  public interface Clock {
    long now();
  }

  private static final List<DubboBootstrap> running = new ArrayList<>();
  private static ReferenceConfig<Greeter> greeter;

  public static void main(String[] arguments) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    answer("ready");
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      try {
        answer(carryOut(line, "zookeeper://" + arguments[0], arguments[1].split(",")));
      } catch (Exception error) {
        error.printStackTrace();
        answer("failed " + error.getMessage().lines().findFirst().orElse(""));
      }
    }
    Collections.reverse(running);
    for (DubboBootstrap each : running) each.stop();
    System.exit(0);
  }

  private static String carryOut(String command, String registry, String[] ports) {
    switch (command) {
      case "provide":
        running.add(provider(registry, ports[0], true));
        return "provided";
      case "provide static":
        running.add(provider(registry, ports[1], false));
        return "provided";
      case "call":
        if (greeter == null) running.add(consumer(registry));
        return greeter.get().greet("world");
      default:
        return "unknown";
    }
  }

  private static DubboBootstrap provider(String registry, String port, boolean isDynamic) {
    DubboBootstrap bootstrap = bootstrap(isDynamic ? "shop" : "legacy", registry);
    ServiceConfig<?> service;
    if (isDynamic) {
      ServiceConfig<Greeter> greeting = new ServiceConfig<>();
      greeting.setInterface(Greeter.class);
      greeting.setRef(name -> "hello " + name);
      service = greeting;
    } else {
      ServiceConfig<Clock> clock = new ServiceConfig<>();
      clock.setInterface(Clock.class);
      clock.setRef(System::currentTimeMillis);
      service = clock;
    }
    service.setDynamic(isDynamic);
    return bootstrap.protocol(new ProtocolConfig("dubbo", Integer.parseInt(port))).service(service).start();
  }

  private static DubboBootstrap consumer(String registry) {
    greeter = new ReferenceConfig<>();
    greeter.setInterface(Greeter.class);
    greeter.setTimeout(10_000);
    return bootstrap("browser", registry).reference(greeter).start();
  }

  private static DubboBootstrap bootstrap(String name, String registry) {
    ApplicationModel application = FrameworkModel.defaultModel().newApplication();
    ApplicationConfig applicationConfig = new ApplicationConfig(name);
    applicationConfig.setQosEnable(false);
    ConfigCenterConfig configCenter = new ConfigCenterConfig();
    configCenter.setAddress(registry);
    return DubboBootstrap.getInstance(application)
        .application(applicationConfig)
        .registry(new RegistryConfig(registry))
        .configCenter(configCenter)
        .metadataReport(new MetadataReportConfig(registry));
  }

  private static synchronized void answer(String line) {
    System.out.println("> " + line);
    System.out.flush();
  }
}
