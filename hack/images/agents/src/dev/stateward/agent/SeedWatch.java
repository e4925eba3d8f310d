package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.management.JMException;

/**
 * Cassandra reads cassandra.yaml once; the kubelet rewrites the mounted file whenever the operator changes the seeds.
 * This brings the two together, so that refreshing seeds needs no remote operation.
 */
final class SeedWatch {
  private static final Pattern SEEDS = Pattern.compile("(?:^|[\\s{,-])\"?seeds\"?\\s*:.*");

  private final Path file;
  private final Beans beans;
  private List<String> known;

  SeedWatch(Path file, Beans beans) throws IOException {
    this.file = file;
    this.beans = beans;
    this.known = lines(Files.readString(file));
  }

  void check() throws IOException, JMException {
    List<String> now = lines(Files.readString(file));
    if (now.equals(known)) return;
    Object loaded = beans.invoke(Cassandra.GOSSIPER, "reloadSeeds");
    if (loaded == null) return;
    known = now;
    Agent.log("seeds reloaded: " + loaded);
  }

  /** The lines that name seeds: enough to notice a change, without a YAML parser in the host's class path. */
  static List<String> lines(String yaml) {
    return yaml.lines().filter(line -> SEEDS.matcher(line).find()).map(String::strip).toList();
  }
}
