package dev.stateward.agent;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a node stands that is told to leave the ring.
 *
 * @param due the database is to be told now
 */
record Leave(String kind, String message, boolean due) {
  /** Between the end of a failed attempt and the next one. */
  static final long RETRY_MS = 60_000;

  /** An attempt of this process that the database gave up. */
  record Failure(String message, long atMs) {}

  /**
   * @param asked the host id that the pod's annotation names
   * @param running an attempt of this process has begun and not ended
   */
  record Input(Optional<String> asked, Ring ring, Verdict verdict, boolean running, Optional<Failure> failure, long nowMs) {}

  /** Empty while nobody asks. Pure. */
  static Optional<Leave> decide(Input input) {
    Ring ring = input.ring();
    if (input.asked().isEmpty()) return Optional.empty();
    String asked = input.asked().get();
    if (ring.hostId().isEmpty()) return waits("does not know its host id yet");
    // A pod's name and its volume may have met another host's wish.
    if (ring.hostId().filter(asked::equals).isEmpty())
      return Optional.of(new Leave("Failed", "host " + asked + " is to leave, and this is " + ring.hostId().get(), false));
    // Begun by somebody else. A failed attempt of Cassandra 4.1 stays LEAVING.
    boolean elsewhere = ring.mode().equals("LEAVING") && input.failure().isEmpty();
    if (input.running() || elsewhere) return waits("is on its way");
    return switch (ring.mode()) {
      case "DECOMMISSIONED" -> waits("has left");
      // After a failure Cassandra takes the same request again: StorageService.decommission since CASSANDRA-18555.
      case "NORMAL", "LEAVING", "DECOMMISSION_FAILED" -> Optional.of(begin(input));
      default -> waits("waits until its operation mode is NORMAL: it is " + ring.mode());
    };
  }

  private static Leave begin(Input input) {
    Optional<String> obstacle = obstacle(input);
    Optional<Failure> failure = input.failure();
    boolean early = failure.filter(last -> input.nowMs() - last.atMs() < RETRY_MS).isPresent();
    boolean due = obstacle.isEmpty() && !early;
    if (failure.isPresent()) return new Leave("Failed", failure.get().message(), due);
    return new Leave("Asked", obstacle.orElse("begins"), due);
  }

  /** Its data may go to any of its peers: it fails if one of them is down, and so it does if they take it for down. */
  private static Optional<String> obstacle(Input input) {
    List<String> silent = input.ring().silentPeers();
    if (!silent.isEmpty()) return Optional.of("waits for " + String.join(", ", silent) + ", which gossip has not found");
    Verdict verdict = input.verdict();
    return verdict.ready() ? Optional.empty() : Optional.of("waits until it is ready: " + verdict.reason());
  }

  private static Optional<Leave> waits(String message) {
    return Optional.of(new Leave("Asked", message, false));
  }

  Map<String, Object> write() {
    Map<String, Object> word = new LinkedHashMap<>();
    word.put("kind", kind);
    word.put("message", message);
    return word;
  }
}
