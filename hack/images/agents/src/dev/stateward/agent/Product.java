package dev.stateward.agent;

import java.util.Map;
import java.util.Optional;

/** What the HTTP side asks of the process that the agent lives in. Called by several threads at once. */
interface Product {
  Verdict ready();

  /** A value that {@link Json} can write. */
  Map<String, Object> state();

  /** What this process knows of another member; empty while it cannot say. */
  default Optional<Map<String, Object>> view(String address) {
    return Optional.empty();
  }

  /** Called twice a second by one background thread. */
  default void tick() {}
}
