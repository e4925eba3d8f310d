package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Cassandra 4.1 and 5.0: bean names read off live processes. */
final class Cassandra implements Product {
  static final String STORAGE = "org.apache.cassandra.db:type=StorageService";
  static final String GOSSIPER = "org.apache.cassandra.net:type=Gossiper";
  private static final String DETECTOR = "org.apache.cassandra.net:type=FailureDetector";

  /** Ticks between two rounds of questions while nothing is amiss, and between two looks at the seeds. */
  private static final int RARELY = 4;

  private final Beans beans = new Beans();
  private final PeerQuestions peers;
  private final Optional<SeedWatch> seeds;
  private final Optional<JoinedMark> joined;
  private final Optional<HintFiles> hints;
  private volatile Verdict verdict = Verdict.notReady("starting");
  private volatile long normalSinceMs = Long.MAX_VALUE;
  private long ticks;

  Cassandra(Options options) {
    this.peers = new PeerQuestions(options.port());
    this.seeds = options.path("seeds").flatMap(this::watch);
    this.joined = options.path("joined").map(JoinedMark::new);
    this.hints = options.path("hints").map(HintFiles::new);
  }

  @Override
  public Verdict ready() {
    return verdict = decide(ring());
  }

  @Override
  public Map<String, Object> state() {
    Ring ring = ring();
    return new CassandraState(beans, ring, peers.answers(), decide(ring), hints.flatMap(HintFiles::count)).write();
  }

  @Override
  public Optional<Map<String, Object>> view(String address) {
    Ring ring = ring();
    if (ring.endpoints().isEmpty()) return Optional.empty();
    Endpoint endpoint = ring.endpoints().getOrDefault(address, new Endpoint(address, 0, Map.of()));
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("address", address);
    view.put("hostId", ring.members().get(address));
    view.put("status", endpoint.status());
    view.put("alive", ring.live().contains(address));
    view.put("generation", endpoint.generation());
    return Optional.of(view);
  }

  @Override
  public void tick() {
    boolean rarely = ticks++ % RARELY == 0;
    if (verdict.ready() && !rarely) return;
    Ring ring = ring();
    boolean normal = ring.mode().equals("NORMAL");
    if (!normal) normalSinceMs = Long.MAX_VALUE;
    else if (normalSinceMs == Long.MAX_VALUE) normalSinceMs = System.currentTimeMillis();
    peers.ask(ring);
    verdict = decide(ring);
    if (normal) ring.hostId().ifPresent(this::mark);
    if (rarely && !ring.endpoints().isEmpty()) seeds.ifPresent(this::check);
  }

  private Verdict decide(Ring ring) {
    long now = System.currentTimeMillis();
    return CassandraReadiness.decide(new CassandraReadiness.Input(
        ring, peers.answers(), verdict.ready(), Math.max(0, now - normalSinceMs), now));
  }

  private Optional<SeedWatch> watch(Path file) {
    try {
      return Optional.of(new SeedWatch(file, beans));
    } catch (IOException unreadable) {
      Agent.log("seeds are not watched: " + unreadable);
      return Optional.empty();
    }
  }

  private void check(SeedWatch watch) {
    try {
      watch.check();
    } catch (Exception failed) {
      Agent.log("seeds not reloaded: " + failed);
    }
  }

  private void mark(String hostId) {
    try {
      if (joined.isPresent()) joined.get().write(hostId);
    } catch (IOException failed) {
      Agent.log("joined mark not written: " + failed);
    }
  }

  private Ring ring() {
    String mode = beans.text(STORAGE, "OperationMode").orElse("STARTING");
    // Asked earlier, these beans would initialise parts of Cassandra out of their order.
    if (mode.equals("STARTING") || beans.names(GOSSIPER).isEmpty()) return Ring.starting(mode);
    Map<String, String> members = map("EndpointToHostId");
    Optional<String> hostId = beans.text(STORAGE, "LocalHostId");
    return new Ring(
        mode,
        hostId,
        members.entrySet().stream().filter(e -> hostId.filter(e.getValue()::equals).isPresent()).map(Map.Entry::getKey).findFirst(),
        beans.flag(STORAGE, "NativeTransportRunning"),
        members,
        CassandraState.list(beans, STORAGE, "LiveNodes"),
        CassandraState.list(beans, STORAGE, "UnreachableNodes"),
        beans.text(DETECTOR, "AllEndpointStates").map(Endpoint::parse).orElse(Map.of()));
  }

  @SuppressWarnings("unchecked")
  private Map<String, String> map(String attribute) {
    return beans.read(STORAGE, attribute, Map.class).map(m -> (Map<String, String>) m).orElse(Map.of());
  }
}
