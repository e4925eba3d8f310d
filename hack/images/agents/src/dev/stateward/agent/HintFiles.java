package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes that this node keeps for others, as they lie on its disk. HintsService's own bean leaves out the file that is
 * being written, which may be all that there is for a node that is down, and the one that is being sent.
 */
record HintFiles(Path folder) {
  private static final Pattern NAME = Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\\d+-\\d+\\.hints");

  /** Number of files by the host id that they are for; empty while that cannot be said. */
  Optional<Map<String, Integer>> count() {
    Map<String, Integer> files = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        Matcher name = NAME.matcher(entry.getFileName().toString());
        if (name.matches()) files.merge(name.group(1), 1, Integer::sum);
      }
      return Optional.of(files);
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }
}
