package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Who this member is and whom it trusts, as two files say. */
final class Tls {
  private static final long LOOK_MS = 1_000;

  private final Path own;
  private final Path trusted;
  private List<FileTime> times = List.of();
  private long looked;
  private SSLContext current;

  Tls(Path own, Path trusted) {
    this.own = own;
    this.trusted = trusted;
  }

  /**
   * The one of now, which is the same while the files are: with another one all sessions of the former have ended. What
   * cannot be read leaves it as it was.
   */
  synchronized SSLContext context() throws IOException, GeneralSecurityException {
    if (current != null && now() - looked < LOOK_MS) return current;
    looked = now();
    try {
      refresh();
    } catch (IOException | GeneralSecurityException | RuntimeException refused) {
      if (current == null) throw refused;
      Agent.log("keeps its former certificates, " + own + " is refused: " + refused);
    }
    return current;
  }

  /** The files belong together: one that changes between the look and the reading shows at the next look. */
  private void refresh() throws IOException, GeneralSecurityException {
    List<FileTime> seen = List.of(Files.getLastModifiedTime(own), Files.getLastModifiedTime(trusted));
    if (current != null && seen.equals(times)) return;
    times = seen;
    current = read();
  }

  private SSLContext read() throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(Pem.own(own), Pem.NO_PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(Pem.trusted(trusted));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
