package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file beside the data that says: this volume's node has joined the ring, and under this host id. */
final class JoinedMark {
  private final Path file;
  private String written = "";

  JoinedMark(Path file) {
    this.file = file;
  }

  void write(String hostId) throws IOException {
    if (written.equals(hostId)) return;
    if (!Files.exists(file) || !Files.readString(file).strip().equals(hostId)) replace(hostId);
    written = hostId;
  }

  private void replace(String hostId) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(next, hostId + "\n");
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
