package dev.stateward.agent;

import java.util.List;
import java.util.Set;

/** Ready, decided from one reading. Pure. */
final class KafkaReadiness {
  /**
   * The active controller appends a no-op record every 500 ms, so the newest applied record is young exactly while the
   * node follows the quorum. Past the default broker.session.timeout.ms the controller has fenced the broker, although
   * the broker itself still says RUNNING.
   */
  static final long MAX_LAG_MS = 9_000;

  private static final List<String> BROKER_STATES =
      List.of("NOT_RUNNING", "STARTING", "RECOVERY", "RUNNING", "4", "5", "PENDING_CONTROLLED_SHUTDOWN", "SHUTTING_DOWN");

  private KafkaReadiness() {}

  static Verdict decide(Set<String> roles, KafkaReading reading) {
    Verdict controller = roles.contains("controller") ? controller(reading) : Verdict.READY;
    if (!controller.ready()) return controller;
    return roles.contains("broker") ? broker(reading) : Verdict.READY;
  }

  static String stateName(long state) {
    return state >= 0 && state < BROKER_STATES.size() ? BROKER_STATES.get((int) state) : "UNKNOWN";
  }

  private static Verdict controller(KafkaReading reading) {
    if (reading.raftState().isEmpty()) return Verdict.notReady("the quorum client has not started");
    String state = reading.raftState().get();
    // An observer is a controller that is not (yet) a voter: the quorum cannot count on it.
    if (!state.equals("leader") && !state.equals("follower"))
      return Verdict.notReady("quorum state is " + state + ", not leader or follower");
    if (reading.leader().orElse(-1L) < 0) return Verdict.notReady("no quorum leader is known");
    return lag("controller", reading.controllerLagMs().orElse(Long.MAX_VALUE));
  }

  private static Verdict broker(KafkaReading reading) {
    long state = reading.brokerState().orElse(0L);
    if (state != 3) return Verdict.notReady("broker state is " + stateName(state) + ", not RUNNING");
    if (reading.registration().orElse(30L) != 30) return Verdict.notReady("broker is fenced by the controller");
    return lag("broker", reading.brokerLagMs().orElse(Long.MAX_VALUE));
  }

  private static Verdict lag(String who, long lagMs) {
    if (lagMs < MAX_LAG_MS) return Verdict.READY;
    // Without the age itself: who shows or stores the reason should not see it change at every look.
    return Verdict.notReady(who + " does not follow the quorum: no metadata younger than " + MAX_LAG_MS / 1_000 + " s");
  }
}
