package dev.stateward.agent;

import java.util.LinkedHashMap;
import java.util.Map;

/** One node as this node's gossip knows it. */
record Endpoint(String address, long generation, Map<String, String> values) {
  /** {@code NORMAL}, {@code BOOT}, {@code LEFT}, … or {@code UNKNOWN} where gossip carries no status yet. */
  String status() {
    String status = values.getOrDefault("STATUS_WITH_PORT", values.getOrDefault("STATUS", "UNKNOWN"));
    return status.split(",", 2)[0];
  }

  /**
   * Reads FailureDetector's AllEndpointStates: a line {@code host/address} per node, then indented
   * {@code generation:n}, {@code heartbeat:n} and {@code KEY:version:value} lines.
   */
  static Map<String, Endpoint> parse(String text) {
    Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    String address = null;
    long generation = 0;
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : text.split("\n")) {
      if (line.isBlank()) continue;
      if (!line.startsWith(" ")) {
        address = line.substring(line.indexOf('/') + 1).trim();
        values = new LinkedHashMap<>();
        generation = 0;
      } else if (line.startsWith("  generation:")) {
        generation = Long.parseLong(line.substring("  generation:".length()).trim());
      } else {
        value(line.trim(), values);
      }
      if (address != null) endpoints.put(address, new Endpoint(address, generation, values));
    }
    return endpoints;
  }

  private static void value(String line, Map<String, String> values) {
    String[] parts = line.split(":", 3);
    if (parts.length == 3) values.put(parts[0], parts[2]);
  }
}
