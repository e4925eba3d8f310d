package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** A file beside the data that says something of it, e.g. that its node has joined the ring, by naming its host id. */
final class HostMark {
  private final Path file;
  private String written = "";

  HostMark(Path file) {
    this.file = file;
  }

  /** Empty while nobody has written it. */
  Optional<String> read() throws IOException {
    return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
  }

  void write(String hostId) throws IOException {
    if (written.equals(hostId)) return;
    if (read().filter(hostId::equals).isEmpty()) replace(hostId);
    written = hostId;
  }

  private void replace(String hostId) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(next, hostId + "\n");
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
