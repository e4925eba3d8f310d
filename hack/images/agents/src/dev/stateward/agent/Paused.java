package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What runs in the place of a member that is kept down on purpose: alive for the kubelet, never ready, and out of the way
 * of whoever works on the volumes by hand.
 */
public final class Paused implements Product {
  /** The operator is quicker where it knows that this process runs; it may not have noted that before the pause ended. */
  static final long PATIENCE_MS = 30_000;

  private static final long LOOK_MS = 1_000;

  private Paused() {}

  /** The one argument is that of the agent, e.g. {@code paused,port=8778,list=/etc/x/paused,member=demo-kafka-0}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options = Options.parse(arguments[0]);
    Probes.start(options.listener(options.port()), new Paused(), Thread::new);
    Agent.log("this member is paused: its volumes are mounted, and its process does not run");
    Path list = options.path("list").orElseThrow();
    String member = options.values().get("member");
    waitWhileListed(list, member, PATIENCE_MS);
    Agent.log("this member is paused no more: the container starts again");
    System.exit(0);
  }

  /** Returns when the member has been missing from the list for so long; a list that cannot be read says nothing. */
  static void waitWhileListed(Path list, String member, long patienceMs) throws InterruptedException {
    long seen = System.nanoTime();
    while (true) {
      long now = System.nanoTime();
      if (isListed(list, member)) seen = now;
      if (now - seen >= patienceMs * 1_000_000) return;
      Thread.sleep(Math.min(LOOK_MS, patienceMs));
    }
  }

  private static boolean isListed(Path list, String member) {
    try {
      return Files.readAllLines(list).contains(member);
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public Verdict ready() {
    return Verdict.notReady("paused");
  }
}
