package dev.stateward.agent;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a peer's agent said about this node. */
record PeerAnswer(String status, boolean alive, long generation, long receivedMs) {
  private static final Pattern STATUS = Pattern.compile("\"status\":\"([^\"]*)\"");
  private static final Pattern GENERATION = Pattern.compile("\"generation\":(\\d+)");

  /** The page is our own agent's, flat and without escapes, so three patterns are all the parser it needs. */
  static PeerAnswer parse(String json, long nowMs) {
    Matcher status = STATUS.matcher(json);
    Matcher generation = GENERATION.matcher(json);
    return new PeerAnswer(
        status.find() ? status.group(1) : "UNKNOWN",
        json.contains("\"alive\":true"),
        generation.find() ? Long.parseLong(generation.group(1)) : 0,
        nowMs);
  }
}
