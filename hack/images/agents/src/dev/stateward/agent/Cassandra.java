package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Cassandra 4.1 and 5.0: bean names read off live processes. */
final class Cassandra implements Informant {
  static final String STORAGE = "org.apache.cassandra.db:type=StorageService";
  static final String GOSSIPER = "org.apache.cassandra.net:type=Gossiper";
  private static final String DETECTOR = "org.apache.cassandra.net:type=FailureDetector";

  private static final Path ANNOTATIONS = Path.of("/etc/podinfo/annotations");

  /** Ticks between two rounds of questions while nothing is amiss, and between two looks at the seeds. */
  private static final int RARELY = 4;

  private final Beans beans = new Beans();
  private final PeerQuestions peers;
  private final CertificateWatch certificates;
  private final Optional<SeedWatch> seeds;
  private final Optional<HostMark> joined;
  private final Optional<HostMark> left;
  private final Optional<HintFiles> hints;
  private final Leaving leaving;
  private final Maintaining maintaining;
  private volatile Verdict verdict = Verdict.notReady("starting");
  private volatile long servesSinceMs = Long.MAX_VALUE;
  /** Kept: one that has left is no member any more, and still at its place. */
  private volatile Optional<String> address = Optional.empty();
  private long ticks;

  Cassandra(Options options, Tls tls) {
    this.peers = new PeerQuestions(options.tlsPort(), tls);
    this.certificates = new CertificateWatch(tls, beans);
    this.seeds = options.path("seeds").flatMap(this::watch);
    this.joined = options.path("joined").map(HostMark::new);
    this.left = Left.mark(options);
    this.hints = options.path("hints").map(HintFiles::new);
    Path annotations = options.path("annotations").orElse(ANNOTATIONS);
    this.leaving = new Leaving(annotations, beans);
    this.maintaining = new Maintaining(annotations, beans);
  }

  @Override
  public Verdict ready() {
    return verdict = decide(ring());
  }

  @Override
  public Map<String, Object> state() {
    Ring ring = ring();
    Verdict now = decide(ring);
    Optional<Map<String, Integer>> files = hints.flatMap(HintFiles::count);
    return new CassandraState(
            beans, ring, peers.answers(), now, files, leaving.now(ring, now), maintaining.write())
        .write();
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
    checkCertificates();
    maintaining.act();
    boolean rarely = ticks++ % RARELY == 0;
    boolean curious = rarely || !verdict.ready();
    if (!curious && !leaving.isRunning()) return;
    Ring ring = ring();
    boolean serves = CassandraReadiness.serves(ring.mode());
    if (!serves) servesSinceMs = Long.MAX_VALUE;
    else if (servesSinceMs == Long.MAX_VALUE) servesSinceMs = System.currentTimeMillis();
    if (curious && !ring.hasLeft()) peers.ask(ring);
    verdict = decide(ring);
    if (ring.mode().equals("NORMAL")) mark(joined, ring);
    if (ring.hasLeft()) mark(left, ring);
    leaving.act(ring, verdict);
    if (rarely && !ring.endpoints().isEmpty()) seeds.ifPresent(this::check);
  }

  private Verdict decide(Ring ring) {
    long now = System.currentTimeMillis();
    return CassandraReadiness.decide(new CassandraReadiness.Input(
        ring, peers.answers(), verdict.ready(), Math.max(0, now - servesSinceMs), now));
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

  private void checkCertificates() {
    try {
      certificates.check();
    } catch (Exception refused) {
      Agent.log("Cassandra keeps its former certificates: " + Beans.messageOf(refused));
    }
  }

  private static void mark(Optional<HostMark> mark, Ring ring) {
    try {
      if (mark.isPresent() && ring.hostId().isPresent()) mark.get().write(ring.hostId().get());
    } catch (IOException failed) {
      Agent.log("mark not written: " + failed);
    }
  }

  private Ring ring() {
    String mode = beans.text(STORAGE, "OperationMode").orElse("STARTING");
    // Asked earlier, these beans would initialise parts of Cassandra out of their order.
    if (mode.equals("STARTING") || beans.names(GOSSIPER).isEmpty()) return Ring.starting(mode);
    Map<String, String> members = map("EndpointToHostId");
    Optional<String> hostId = beans.text(STORAGE, "LocalHostId");
    address = addressOf(hostId, members).or(() -> address);
    return new Ring(
        mode,
        hostId,
        address,
        beans.flag(STORAGE, "NativeTransportRunning"),
        members,
        CassandraState.list(beans, STORAGE, "LiveNodes"),
        CassandraState.list(beans, STORAGE, "UnreachableNodes"),
        beans.text(DETECTOR, "AllEndpointStates").map(Endpoint::parse).orElse(Map.of()));
  }

  private static Optional<String> addressOf(Optional<String> hostId, Map<String, String> members) {
    return members.entrySet().stream()
        .filter(member -> hostId.filter(member.getValue()::equals).isPresent())
        .map(Map.Entry::getKey)
        .findFirst();
  }

  @SuppressWarnings("unchecked")
  private Map<String, String> map(String attribute) {
    return beans.read(STORAGE, attribute, Map.class).map(m -> (Map<String, String>) m).orElse(Map.of());
  }
}
