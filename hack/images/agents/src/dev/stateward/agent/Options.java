package dev.stateward.agent;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code <product>,port=<n>[,key=value...]}: the text after the jar's name and {@code =}. */
record Options(String product, int port, Map<String, String> values) {
  static Options parse(String text) {
    String[] parts = text == null ? new String[] {""} : text.split(",");
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", 2);
      if (pair.length != 2) throw new IllegalArgumentException("option without a value: " + parts[i]);
      values.put(pair[0], pair[1]);
    }
    return new Options(parts[0], number("port", values), values);
  }

  /** Of the pages that not everybody may read. */
  int tlsPort() {
    return number("tls", values);
  }

  Tls tls() {
    return new Tls(needed("own"), needed("trusted"));
  }

  InetSocketAddress listener(int port) {
    String address = values.get("address");
    return address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
  }

  Set<String> roles() {
    return Set.of(values.getOrDefault("roles", "broker").split("\\+"));
  }

  Optional<Path> path(String key) {
    return Optional.ofNullable(values.get(key)).map(Path::of);
  }

  private Path needed(String key) {
    return path(key).orElseThrow(() -> new IllegalArgumentException(key + "=<file> is missing"));
  }

  private static int number(String key, Map<String, String> values) {
    if (!values.containsKey(key)) throw new IllegalArgumentException(key + "=<number> is missing");
    return Integer.parseInt(values.get(key));
  }
}
