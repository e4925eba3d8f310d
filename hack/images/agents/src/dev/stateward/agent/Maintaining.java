package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.management.JMException;

/**
 * Repairs a keyspace or cleans it up when an annotation on the pod says so, as {@link Leaving} takes the node out of the
 * ring. Whoever asks is told of it for as long as this process lives; a new one begins anew.
 */
final class Maintaining {
  private static final long PAUSE_MS = 500;

  /** All replicas of the ranges that this node has first: done on every node, that is each range once. */
  private static final Map<String, String> FULL_PRIMARY_REPAIR =
      Map.of("incremental", "false", "primaryRange", "true", "parallelism", "parallel");

  private final Path annotations;
  private final Beans beans;
  private volatile Optional<Maintenance> last = Optional.empty();

  Maintaining(Path annotations, Beans beans) {
    this.annotations = annotations;
    this.beans = beans;
  }

  Map<String, Object> write() {
    return Maintenance.write(last);
  }

  /** Called by one thread. */
  void act() {
    Optional<Maintenance.Wish> wish = asked();
    if (wish.isEmpty()) return;
    String mode = beans.text(Cassandra.STORAGE, "OperationMode").orElse("STARTING");
    if (!Maintenance.due(wish, last, mode, System.currentTimeMillis())) return;
    note(wish.get(), Maintenance.Kind.RUNNING, "");
    Thread thread = new Thread(() -> maintain(wish.get()), "stateward-agent-maintenance");
    thread.setDaemon(true);
    thread.start();
  }

  private Optional<Maintenance.Wish> asked() {
    try {
      return Maintenance.Wish.parse(Files.readString(annotations));
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private void maintain(Maintenance.Wish wish) {
    String what = wish.task() + " of " + wish.keyspace();
    try {
      Agent.log(what + " begins");
      if (wish.task().equals("Cleanup")) cleanUp(wish.keyspace());
      else repair(wish.keyspace());
      Agent.log(what + " has ended");
      note(wish, Maintenance.Kind.DONE, "");
    } catch (Throwable failed) {
      String message = Leaving.oneLine(Beans.messageOf(failed));
      Agent.log(what + " has failed: " + message);
      note(wish, Maintenance.Kind.FAILED, message);
    }
  }

  private void note(Maintenance.Wish wish, Maintenance.Kind kind, String message) {
    last = Optional.of(new Maintenance(wish, kind, message, System.currentTimeMillis()));
  }

  private void repair(String keyspace) throws JMException, InterruptedException {
    int command = (Integer) beans.invoke(
        Cassandra.STORAGE, "repairAsync", List.of(keyspace, FULL_PRIMARY_REPAIR), String.class, Map.class);
    // Nothing to do: there is one replica of everything.
    if (command == 0) return;
    List<?> status = statusOf(command);
    // Empty before it has begun.
    while (status.isEmpty() || status.get(0).equals("IN_PROGRESS")) {
      Thread.sleep(PAUSE_MS);
      status = statusOf(command);
    }
    if (!status.get(0).equals("COMPLETED")) throw new IllegalStateException(String.join(" ", texts(status.subList(1, status.size()))));
  }

  private List<?> statusOf(int command) throws JMException {
    Object status = beans.invoke(Cassandra.STORAGE, "getParentRepairStatus", List.of(command), int.class);
    return status instanceof List<?> list ? list : List.of();
  }

  private static List<String> texts(List<?> values) {
    return values.stream().map(String::valueOf).toList();
  }

  /** Blocks for as long as it takes. By one thread: others have to serve meanwhile. */
  private void cleanUp(String keyspace) throws JMException {
    Object result = beans.invoke(
        Cassandra.STORAGE,
        "forceKeyspaceCleanup",
        List.of(1, keyspace, new String[0]),
        int.class,
        String.class,
        String[].class);
    if (!Integer.valueOf(0).equals(result)) throw new IllegalStateException("the cleanup ended with status " + result);
  }
}
