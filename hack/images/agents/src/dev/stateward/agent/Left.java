package dev.stateward.agent;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What runs in the place of a node that has left the ring: alive for the kubelet, never ready, and still able to say so.
 * Cassandra itself must not start on these data again. Once its decommission has ended it refuses. Ended by force in the
 * last half minute before that, it would bootstrap once more, and either join again or fail over and over with the data
 * that it has, while its peers wait for it in every write of its ranges.
 */
record Left(String hostId) implements Informant {
  static Optional<Left> of(Options options) {
    Optional<HostMark> mark = mark(options);
    try {
      return mark.isEmpty() ? Optional.empty() : mark.get().read().map(Left::new);
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /** Beside the mark of having joined. */
  static Optional<HostMark> mark(Options options) {
    return options.path("joined").map(joined -> new HostMark(joined.resolveSibling("left")));
  }

  @Override
  public Verdict ready() {
    return Verdict.notReady(CassandraReadiness.LEFT);
  }

  @Override
  public Map<String, Object> state() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("ready", false);
    state.put("reason", CassandraReadiness.LEFT);
    state.put("operationMode", "DECOMMISSIONED");
    state.put("hostId", hostId);
    return state;
  }
}
