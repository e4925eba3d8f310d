package dev.stateward.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.security.auth.SslEngineFactory;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/**
 * Kafka's own factory, made anew when the files that it was made of have changed (KIP-519): each new connection, of a
 * server and of a client, has the certificates of now. Kafka itself reads them again only when it is told to, and never
 * for what a controller has to do with its quorum (KAFKA-20025).
 */
public final class ReloadingSslEngineFactory implements SslEngineFactory {
  private static final long LOOK_MS = 1_000;

  private Map<String, ?> configs;
  private List<Path> files;
  private List<FileTime> times;
  private long looked;
  private DefaultSslEngineFactory current;

  @Override
  public synchronized void configure(Map<String, ?> configs) {
    this.configs = configs;
    files = List.of(path("ssl.keystore.location"), path("ssl.truststore.location"));
    times = timesOf(files);
    looked = now();
    current = made();
  }

  private Path path(String key) {
    return Path.of(String.valueOf(configs.get(key)));
  }

  private DefaultSslEngineFactory made() {
    DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
    factory.configure(configs);
    return factory;
  }

  private static List<FileTime> timesOf(List<Path> files) {
    return files.stream().map(ReloadingSslEngineFactory::timeOf).toList();
  }

  private static FileTime timeOf(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException missing) {
      return FileTime.fromMillis(0);
    }
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  /** The files belong together: one that changes between the look and the reading shows at the next look. */
  private synchronized DefaultSslEngineFactory latest() {
    if (now() - looked < LOOK_MS) return current;
    looked = now();
    List<FileTime> seen = timesOf(files);
    if (seen.equals(times)) return current;
    times = seen;
    try {
      current = made();
      log("new connections use the certificates that " + files.get(0) + " has now");
    } catch (RuntimeException refused) {
      log("keeps its former certificates, " + files.get(0) + " is refused: " + refused);
    }
    return current;
  }

  private static void log(String message) {
    System.err.println("stateward-agent: " + message);
  }

  @Override
  public SSLEngine createClientSslEngine(String peerHost, int peerPort, String endpointIdentification) {
    return latest().createClientSslEngine(peerHost, peerPort, endpointIdentification);
  }

  @Override
  public SSLEngine createServerSslEngine(String peerHost, int peerPort) {
    return latest().createServerSslEngine(peerHost, peerPort);
  }

  /** Kafka asks when its own settings are altered: what is in the files is no business of theirs. */
  @Override
  public boolean shouldBeRebuilt(Map<String, Object> nextConfigs) {
    return false;
  }

  @Override
  public Set<String> reconfigurableConfigs() {
    return Set.of();
  }

  @Override
  public synchronized KeyStore keystore() {
    return current.keystore();
  }

  @Override
  public synchronized KeyStore truststore() {
    return current.truststore();
  }

  @Override
  public synchronized void close() {
    current.close();
  }
}
