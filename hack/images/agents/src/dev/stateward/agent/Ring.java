package dev.stateward.agent;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The ring as this node sees it; addresses without ports.
 *
 * @param members addresses that own a host id, this node included
 */
record Ring(
    String mode,
    Optional<String> hostId,
    Optional<String> address,
    boolean nativeTransport,
    Map<String, String> members,
    List<String> live,
    List<String> unreachable,
    Map<String, Endpoint> endpoints) {

  static Ring starting(String mode) {
    return new Ring(mode, Optional.empty(), Optional.empty(), false, Map.of(), List.of(), List.of(), Map.of());
  }

  boolean isMe(String other) {
    return address.filter(other::equals).isPresent();
  }

  /** It has handed over everything, and has told its peers. */
  boolean hasLeft() {
    boolean told = address.map(endpoints::get).filter(me -> me.status().equals("LEFT")).isPresent();
    return mode.equals("DECOMMISSIONED") || (told && hostId.filter(members::containsValue).isEmpty());
  }

  /** Members of the ring that gossip calls alive, without this node. */
  List<String> livePeers() {
    return live.stream().filter(peer -> !isMe(peer) && members.containsKey(peer)).sorted().toList();
  }

  /** Members of the ring that gossip does not call alive (yet). */
  List<String> silentPeers() {
    return members.keySet().stream().filter(peer -> !isMe(peer) && !live.contains(peer)).sorted().toList();
  }

  long generation() {
    return address.map(endpoints::get).map(Endpoint::generation).orElse(0L);
  }
}
