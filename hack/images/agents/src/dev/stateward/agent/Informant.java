package dev.stateward.agent;

import java.util.Map;
import java.util.Optional;

/** A product that says more than whether it is ready, to those who belong to its service. */
interface Informant extends Product {
  /** A value that {@link Json} can write. */
  Map<String, Object> state();

  /** What this process knows of another member; empty while it cannot say. */
  default Optional<Map<String, Object>> view(String address) {
    return Optional.empty();
  }
}
