package dev.stateward.agent;

import java.io.IOException;
import java.util.Map;

/**
 * What runs in the place of a member that is kept down on purpose: alive for the kubelet, never ready, and out of the way
 * of whoever works on the volumes by hand.
 */
public final class Paused implements Product {
  private Paused() {}

  /** The one argument is that of the agent, e.g. {@code paused,port=8778}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Http.start(Options.parse(arguments[0]), new Paused(), Thread::new);
    Agent.log("this member is paused: its volumes are mounted, and its process does not run");
    Thread.currentThread().join();
  }

  @Override
  public Verdict ready() {
    return Verdict.notReady("paused");
  }

  @Override
  public Map<String, Object> state() {
    return Map.of("paused", true);
  }
}
