package dev.stateward.agent;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Ready, decided from one look at the ring and the peers' newest answers. Pure. */
final class CassandraReadiness {
  /** An answer older than this is no answer. Several rounds of asking. */
  static final long ANSWER_VALID_MS = 10_000;

  /** How long after NORMAL a member that gossip has not yet found may still be on its way up rather than down. */
  static final long GOSSIP_GRACE_MS = 10_000;

  static final String LEFT = "has left the ring";

  /** Whoever leaves serves until everything is handed over; one whose attempt failed is a member as before. */
  private static final Set<String> LEAVING = Set.of("LEAVING", "DECOMMISSION_FAILED");

  private CassandraReadiness() {}

  /**
   * @param wasReady the last verdict was ready
   * @param servesMs for how long this process has been NORMAL, or leaving
   */
  record Input(Ring ring, Map<String, PeerAnswer> answers, boolean wasReady, long servesMs, long nowMs) {}

  static boolean serves(String mode) {
    return mode.equals("NORMAL") || LEAVING.contains(mode);
  }

  static Verdict decide(Input input) {
    Ring ring = input.ring();
    if (ring.hasLeft()) return Verdict.notReady(LEFT);
    if (!serves(ring.mode()))
      return Verdict.notReady("operation mode is " + ring.mode() + ", not NORMAL");
    if (!ring.nativeTransport()) return Verdict.notReady("native transport is not running");
    List<String> silent = ring.silentPeers();
    if (!input.wasReady() && !silent.isEmpty() && input.servesMs() < GOSSIP_GRACE_MS)
      return Verdict.notReady("waiting for gossip with " + String.join(", ", silent));
    return Stream.of(objection(input), silence(input)).flatMap(Optional::stream).findFirst().orElse(Verdict.READY);
  }

  /**
   * Live peers that know this node and do not see it as it is. At the start one is enough. Later it takes more than half of them: a
   * peer that has just started may for a minute hold an address that this node had before (Gossiper keeps a host id's
   * other address in quarantine, twice the ring delay), and its error must not make an outage of two.
   */
  private static Optional<Verdict> objection(Input input) {
    List<String> live = input.ring().livePeers();
    List<Verdict> objections = live.stream()
        .flatMap(peer -> answer(input, peer).flatMap(answer -> objection(input.ring(), peer, answer)).stream())
        .toList();
    boolean few = input.wasReady() && 2 * objections.size() <= live.size();
    return few ? Optional.empty() : objections.stream().findFirst();
  }

  private static Optional<Verdict> objection(Ring ring, String peer, PeerAnswer answer) {
    boolean leaves = LEAVING.contains(ring.mode()) && answer.status().equals("LEAVING");
    if (!leaves && !answer.status().equals("NORMAL"))
      return Optional.of(Verdict.notReady(peer + " sees this node as " + answer.status() + ", not NORMAL"));
    if (!answer.alive()) return Optional.of(Verdict.notReady(peer + " sees this node as down"));
    // Until gossip brings the new generation, NORMAL and alive are memories of the process before a restart.
    if (answer.generation() < ring.generation())
      return Optional.of(Verdict.notReady(peer + " has not yet seen this node's restart"));
    return Optional.empty();
  }

  /**
   * A live peer that does not answer proves nothing. At the start that is not enough to be ready. Later one silent
   * agent must not take its peers' readiness away: each of them would leave the Service for the fault of one, and then
   * that is an outage which no database caused.
   */
  private static Optional<Verdict> silence(Input input) {
    List<String> unknown =
        input.ring().livePeers().stream().filter(peer -> answer(input, peer).isEmpty()).toList();
    int tolerated = input.wasReady() ? 1 : 0;
    if (unknown.size() <= tolerated) return Optional.empty();
    return Optional.of(Verdict.notReady("no answer yet from " + String.join(", ", unknown)));
  }

  private static Optional<PeerAnswer> answer(Input input, String peer) {
    return Optional.ofNullable(input.answers().get(peer))
        .filter(answer -> input.nowMs() - answer.receivedMs() < ANSWER_VALID_MS);
  }
}
