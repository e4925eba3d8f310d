package dev.stateward.agent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a node stands with what it was last asked to do with one keyspace.
 *
 * @param atMs when that began or ended
 */
record Maintenance(Wish wish, Kind kind, String message, long atMs) {
  /** Between the end of a failed attempt and the next one. */
  static final long RETRY_MS = 60_000;

  enum Kind {
    RUNNING("Running"),
    DONE("Done"),
    FAILED("Failed");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /**
   * What the pod's annotation asks for.
   *
   * @param id tells one time from another
   */
  record Wish(String task, String id, String keyspace) {
    /** As the downward API writes a line of annotations. */
    private static final Pattern ANNOTATION =
        Pattern.compile("(?m)^stateward\\.dev/maintenance=\"(Repair|Cleanup):([0-9a-z]{1,64}):(\\w{1,48})\"$");

    static Optional<Wish> parse(String annotations) {
      Matcher line = ANNOTATION.matcher(annotations);
      return line.find() ? Optional.of(new Wish(line.group(1), line.group(2), line.group(3))) : Optional.empty();
    }
  }

  /** Whether the database is to be told now. Pure. */
  static boolean due(Optional<Wish> wish, Optional<Maintenance> last, String mode, long nowMs) {
    if (wish.isEmpty() || !mode.equals("NORMAL")) return false;
    if (last.isEmpty()) return true;
    Maintenance known = last.get();
    // One thing at a time, also where another one is asked for meanwhile.
    if (known.kind == Kind.RUNNING) return false;
    if (!known.wish.equals(wish.get())) return true;
    return known.kind == Kind.FAILED && nowMs - known.atMs >= RETRY_MS;
  }

  static Map<String, Object> write(Optional<Maintenance> last) {
    Map<String, Object> word = new LinkedHashMap<>();
    word.put("kind", last.map(known -> known.kind.word).orElse("Idle"));
    last.ifPresent(known -> {
      word.put("id", known.wish.id());
      word.put("message", known.message);
    });
    return word;
  }
}
