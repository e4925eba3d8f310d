package dev.stateward.agent;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Entry of {@code -javaagent}. Everything happens on daemon threads: the host process neither waits nor stops for us. */
public final class Agent {
  private static final int TICK_MS = 500;

  private Agent() {}

  public static void premain(String arguments) throws InterruptedException {
    Optional<Left> left = left(arguments);
    threads().newThread(() -> start(arguments, left)).start();
    // The host process waits for the end of this method: here alone it is not to start.
    if (left.isPresent()) Thread.currentThread().join();
  }

  private static Optional<Left> left(String arguments) {
    try {
      return Left.of(Options.parse(arguments));
    } catch (RuntimeException unknown) {
      return Optional.empty();
    }
  }

  private static void start(String arguments, Optional<Left> left) {
    try {
      Options options = Options.parse(arguments);
      switch (options.product()) {
        case "kafka" -> begin(options, new Kafka(options));
        case "cassandra" -> beginNode(options, left);
        default -> throw new IllegalArgumentException("unknown product '" + options.product() + "'");
      }
      log(options.product() + " on port " + options.port() + left.map(mark -> ": has left the ring and does not start").orElse(""));
    } catch (Throwable failed) {
      log("not started: " + failed);
    }
  }

  private static void begin(Options options, Product product) throws IOException {
    Probes.start(options.listener(options.port()), product, threads());
    tick(product);
  }

  private static void beginNode(Options options, Optional<Left> left) throws IOException {
    Tls tls = options.tls();
    Informant node = left.isPresent() ? left.get() : new Cassandra(options, tls);
    begin(options, node);
    Pages.start(options.listener(options.tlsPort()), tls, node, threads());
  }

  private static void tick(Product product) {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(threads());
    timer.scheduleWithFixedDelay(() -> guarded(product), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
  }

  private static void guarded(Product product) {
    try {
      product.tick();
    } catch (Throwable failed) {
      log("tick: " + failed);
    }
  }

  private static ThreadFactory threads() {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "stateward-agent-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  static void log(String message) {
    System.err.println("stateward-agent: " + message);
  }
}
