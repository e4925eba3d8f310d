package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The page {@code /state} of a Cassandra node. */
record CassandraState(
    Beans beans,
    Ring ring,
    Map<String, PeerAnswer> answers,
    Verdict verdict,
    Optional<Map<String, Integer>> hints,
    Optional<Leave> leave,
    Map<String, Object> maintenance) {
  private static final String SNITCH = "org.apache.cassandra.db:type=EndpointSnitchInfo";
  private static final String LOAD = "org.apache.cassandra.metrics:type=Storage,name=Load";

  Map<String, Object> write() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("ready", verdict.ready());
    state.put("reason", verdict.reason());
    state.put("operationMode", ring.mode());
    state.put("hostId", ring.hostId().orElse(null));
    state.put("address", ring.address().orElse(null));
    state.put("leave", leave.map(Leave::write).orElse(null));
    state.put("maintenance", maintenance);
    // Before gossip is up these would initialise parts of Cassandra out of their order.
    if (!ring.endpoints().isEmpty()) putNode(state);
    return state;
  }

  private void putNode(Map<String, Object> state) {
    state.put("datacenter", beans.text(SNITCH, "Datacenter").orElse(null));
    state.put("rack", beans.text(SNITCH, "Rack").orElse(null));
    state.put("releaseVersion", storage("ReleaseVersion"));
    state.put("schemaVersion", storage("SchemaVersion"));
    state.put("generation", ring.generation());
    state.put("tokens", list(beans, Cassandra.STORAGE, "Tokens").size());
    state.put("load", beans.number(LOAD, "Count").orElse(null));
    state.put("disk", disk());
    state.put("nativeTransport", ring.nativeTransport());
    state.put("bootstrapped", "COMPLETED".equals(storage("BootstrapState")));
    state.put("drained", beans.flag(Cassandra.STORAGE, "Drained"));
    state.put("live", ring.live());
    state.put("unreachable", ring.unreachable());
    for (String kind : List.of("Joining", "Leaving", "Moving"))
      state.put(kind.toLowerCase(), list(beans, Cassandra.STORAGE, kind + "Nodes"));
    state.put("seeds", list(beans, Cassandra.GOSSIPER, "Seeds").stream().map(CassandraState::bare).toList());
    state.put("peers", peers());
    state.put("hints", hints.orElse(null));
  }

  private Object storage(String attribute) {
    return beans.read(Cassandra.STORAGE, attribute).orElse(null);
  }

  /** Of the first data directory: a member has one volume. */
  private Map<String, Object> disk() {
    try {
      String[] folders = beans.read(Cassandra.STORAGE, "AllDataFileLocations", String[].class).orElseThrow();
      FileStore store = Files.getFileStore(Path.of(folders[0]));
      Map<String, Object> disk = new LinkedHashMap<>();
      disk.put("totalBytes", store.getTotalSpace());
      disk.put("usableBytes", store.getUsableSpace());
      return disk;
    } catch (IOException | RuntimeException unreadable) {
      return null;
    }
  }

  private Map<String, Object> peers() {
    Map<String, Object> peers = new LinkedHashMap<>();
    ring.endpoints().values().stream()
        .filter(endpoint -> !ring.isMe(endpoint.address()))
        .forEach(endpoint -> peers.put(endpoint.address(), peer(endpoint)));
    return peers;
  }

  private Map<String, Object> peer(Endpoint endpoint) {
    Map<String, Object> peer = new LinkedHashMap<>();
    peer.put("hostId", endpoint.values().getOrDefault("HOST_ID", ring.members().get(endpoint.address())));
    peer.put("status", endpoint.status());
    peer.put("alive", ring.live().contains(endpoint.address()));
    peer.put("member", ring.members().containsKey(endpoint.address()));
    peer.put("generation", endpoint.generation());
    peer.put("dc", endpoint.values().get("DC"));
    peer.put("rack", endpoint.values().get("RACK"));
    peer.put("seesMe", seesMe(answers.get(endpoint.address())));
    return peer;
  }

  private Map<String, Object> seesMe(PeerAnswer answer) {
    if (answer == null) return null;
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("status", answer.status());
    view.put("alive", answer.alive());
    view.put("generation", answer.generation());
    view.put("ageMs", System.currentTimeMillis() - answer.receivedMs());
    return view;
  }

  /** {@code host/address:port} or {@code /address:port} as Cassandra prints it, without name and port. */
  static String bare(String printed) {
    String address = printed.substring(printed.indexOf('/') + 1);
    if (address.startsWith("[")) return address.substring(1, address.indexOf(']'));
    return address.indexOf(':') == address.lastIndexOf(':') ? address.split(":")[0] : address;
  }

  static List<String> list(Beans beans, String bean, String attribute) {
    return beans.read(bean, attribute, List.class).map(CassandraState::strings).orElse(List.of());
  }

  private static List<String> strings(List<?> items) {
    return items.stream().map(String::valueOf).toList();
  }
}
