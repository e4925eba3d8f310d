package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Takes this node out of the ring when an annotation on its pod says so. Whoever may write that has been let in by
 * Kubernetes; the agent's own pages only read. Cassandra knows nothing of an earlier attempt after a restart and is
 * NORMAL again, so that a new process begins anew.
 */
final class Leaving {
  /** As the downward API writes a line of annotations. */
  private static final Pattern ANNOTATION = Pattern.compile("(?m)^stateward\\.dev/leave=\"([0-9a-f-]*)\"$");

  private static final int MAX_MESSAGE = 300;

  private final Path annotations;
  private final Beans beans;
  private volatile boolean running;
  private volatile Optional<Leave.Failure> failure = Optional.empty();

  Leaving(Path annotations, Beans beans) {
    this.annotations = annotations;
    this.beans = beans;
  }

  /** An attempt has begun and not ended. */
  boolean isRunning() {
    return running;
  }

  Optional<Leave> now(Ring ring, Verdict verdict) {
    return Leave.decide(new Leave.Input(asked(), ring, verdict, running, failure, System.currentTimeMillis()));
  }

  /** Called by one thread. */
  void act(Ring ring, Verdict verdict) {
    if (now(ring, verdict).filter(Leave::due).isEmpty()) return;
    running = true;
    Thread thread = new Thread(this::leave, "stateward-agent-leave");
    thread.setDaemon(true);
    thread.start();
  }

  /** The host id that is asked to leave. */
  static Optional<String> asked(String annotations) {
    Matcher line = ANNOTATION.matcher(annotations);
    return line.find() ? Optional.of(line.group(1)) : Optional.empty();
  }

  private Optional<String> asked() {
    try {
      return asked(Files.readString(annotations));
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  /** Blocks for as long as it takes to hand over all data. */
  private void leave() {
    failure = Optional.empty();
    try {
      Agent.log("leaves the ring");
      // Unforced: it refuses what would leave a keyspace with fewer members than replicas.
      beans.invoke(Cassandra.STORAGE, "decommission", false);
      Agent.log("has left the ring");
    } catch (Throwable failed) {
      String message = oneLine(Beans.messageOf(failed));
      Agent.log("has not left the ring: " + message);
      failure = Optional.of(new Leave.Failure(message, System.currentTimeMillis()));
    } finally {
      running = false;
    }
  }

  /** Of a failed stream, Cassandra's message carries the stack traces of all its sessions. */
  static String oneLine(String message) {
    String line = message.lines().filter(part -> !part.startsWith("\t")).map(String::strip).collect(Collectors.joining(" "));
    return line.length() <= MAX_MESSAGE ? line : line.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
