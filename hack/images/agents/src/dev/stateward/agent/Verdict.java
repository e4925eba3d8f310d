package dev.stateward.agent;

/** Ready or not, and why not in words for people. */
record Verdict(boolean ready, String reason) {
  static final Verdict READY = new Verdict(true, "ready");

  static Verdict notReady(String reason) {
    return new Verdict(false, reason);
  }
}
