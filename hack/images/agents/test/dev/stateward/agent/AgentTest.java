package dev.stateward.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Plain checks of what is pure; ends with code 1 when one fails. No framework, so that a JDK is all it needs. */
public final class AgentTest {
  private static final Set<String> BOTH = Set.of("broker", "controller");
  private static final String ME = "10.0.0.1";
  private static final long NOW = 1_000_000;
  private static int checks;
  private static int failures;

  public static void main(String[] args) throws IOException, InterruptedException {
    json();
    options();
    roles();
    pages();
    kafka();
    gossip();
    cassandra();
    leavingReadiness();
    asked();
    leave();
    maintenance();
    left();
    seeds();
    mark();
    hints();
    paused();
    System.out.println(checks + " checks, " + failures + " failed");
    if (failures > 0) System.exit(1);
  }

  private static void same(Object expected, Object actual) {
    checks++;
    if (Objects.equals(expected, actual)) return;
    failures++;
    System.out.println("expected " + expected + "\n but was " + actual + "\n at " + new Throwable().getStackTrace()[1]);
  }

  /** It ends some time after the last look that found the member in the list. */
  private static void paused() throws IOException, InterruptedException {
    Path list = Files.createTempFile("paused", "");
    Files.writeString(list, "other\nme\n");
    Thread waiting = new Thread(() -> {
      try {
        Paused.waitWhileListed(list, "me", 50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    waiting.start();
    waiting.join(200);
    same(true, waiting.isAlive());
    Files.writeString(list, "other\nme0\n");
    waiting.join(10_000);
    same(false, waiting.isAlive());
    Files.delete(list);
  }

  private static void json() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("text", "a\"b\\c\n\u0001é");
    map.put("list", Arrays.asList(1, 2.5, true, null));
    map.put("empty", Map.of());
    map.put("nan", Double.NaN);
    same("{\"text\":\"a\\\"b\\\\c\\n\\u0001é\",\"list\":[1,2.5,true,null],\"empty\":{},\"nan\":null}", Json.write(map));
  }

  private static void options() {
    Options options = Options.parse("kafka,port=8080,roles=broker+controller");
    same("kafka", options.product());
    same(8080, options.port());
    same(BOTH, options.roles());
    same(Optional.empty(), options.path("seeds"));
    same("port=<number> is missing", refusal("kafka"));
    same("option without a value: x", refusal("kafka,x"));
    same(8779, Options.parse("cassandra,port=1,tls=8779").tlsPort());
  }

  private static void roles() {
    same(Role.MEMBER, Role.of("CN=demo-r1-0,O=stateward:member"));
    same(Role.OPERATOR, Role.of("CN=stateward,O=stateward:operator"));
    for (String other : List.of("CN=x", "O=stateward:operator", "CN=x\\,O=stateward:operator", "CN=x,O=stateward:other",
        "CN=x,O=a+O=stateward:operator", "CN=x,O=stateward:operator,C=y", "CN=a,CN=x,O=stateward:operator"))
      same(Role.NONE, Role.of(other));
  }

  private static void pages() {
    same("200 {\"ready\":false,\"reason\":\"has left the ring\",\"operationMode\":\"DECOMMISSIONED\",\"hostId\":\"h1\"}",
        page("GET /state HTTP/1.1", Role.OPERATOR));
    for (Role role : List.of(Role.MEMBER, Role.NONE)) same(403, code("GET /state HTTP/1.1", role));
    for (Role role : List.of(Role.MEMBER, Role.OPERATOR)) {
      same("503 not known yet", page("GET /view?address=10.0.0.1 HTTP/1.1", role));
      same(400, code("GET /view HTTP/1.1", role));
      same(400, code("GET /view?address HTTP/1.1", role));
    }
    same(403, code("GET /view?address=10.0.0.1 HTTP/1.1", Role.NONE));
    for (String other : List.of("/", "/states", "/state/", "/ready", "/live", "*")) same(404, code("GET " + other + " HTTP/1.1", Role.OPERATOR));
    for (String method : List.of("POST", "HEAD", "get", "")) same(405, code(method + " /state HTTP/1.1", Role.OPERATOR));
    for (String nonsense : List.of("", "GET", "GET /state", "GET  /state HTTP/1.1")) same(400, code(nonsense, Role.OPERATOR));
  }

  private static String page(String request, Role role) {
    Answer answer = Pages.answer(request, role, new Left("h1"));
    return answer.code() + " " + answer.body().strip();
  }

  private static int code(String request, Role role) {
    return Pages.answer(request, role, new Left("h1")).code();
  }

  private static String refusal(String text) {
    try {
      return "accepted " + Options.parse(text);
    } catch (IllegalArgumentException refused) {
      return refused.getMessage();
    }
  }

  private static KafkaReading reading(long broker, long registration, long brokerLag, String raft, long leader, long lag) {
    return new KafkaReading(Optional.of(broker), Optional.of(registration), Optional.of(brokerLag), Optional.of(raft),
        Optional.of(leader), Optional.of(lag));
  }

  private static void kafka() {
    same("ready", kafka(BOTH, reading(3, 30, 400, "follower", 1, 400)));
    same("broker state is RECOVERY, not RUNNING", kafka(BOTH, reading(2, 30, 400, "leader", 1, 0)));
    same("broker state is PENDING_CONTROLLED_SHUTDOWN, not RUNNING", kafka(BOTH, reading(6, 30, 4, "leader", 1, 0)));
    same("broker is fenced by the controller", kafka(BOTH, reading(3, 10, 400, "leader", 1, 0)));
    same("broker does not follow the quorum: no metadata younger than 9 s", kafka(BOTH, reading(3, 30, 9000, "leader", 1, 0)));
    same("quorum state is candidate, not leader or follower", kafka(BOTH, reading(3, 30, 4, "candidate", 1, 0)));
    same("quorum state is observer, not leader or follower", kafka(BOTH, reading(3, 30, 4, "observer", 1, 0)));
    same("no quorum leader is known", kafka(BOTH, reading(3, 30, 4, "follower", -1, 0)));
    same("ready", kafka(Set.of("broker"), reading(3, 30, 4, "observer", 1, 99999)));
    same("controller does not follow the quorum: no metadata younger than 9 s",
        kafka(Set.of("controller"), reading(0, 30, 4, "follower", 1, 20_000)));
    KafkaReading nothing = new KafkaReading(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
        Optional.empty(), Optional.empty());
    same("the quorum client has not started", kafka(BOTH, nothing));
    same("broker state is NOT_RUNNING, not RUNNING", kafka(Set.of("broker"), nothing));
  }

  private static String kafka(Set<String> roles, KafkaReading reading) {
    return KafkaReadiness.decide(roles, reading).reason();
  }

  private static void gossip() {
    Map<String, Endpoint> endpoints = Endpoint.parse("""
        pod-0/10.0.0.1
          generation:17
          heartbeat:38
          STATUS:29:NORMAL,-14858
          HOST_ID:2:abc
        /0:0:0:0:0:0:0:1
          generation:18
          heartbeat:2
          STATUS:29:LEFT,1,2
          STATUS_WITH_PORT:29:BOOT,1
          DC:1:a:b

        """);
    same(List.of("10.0.0.1", "0:0:0:0:0:0:0:1"), new ArrayList<>(endpoints.keySet()));
    same(17L, endpoints.get("10.0.0.1").generation());
    same("NORMAL", endpoints.get("10.0.0.1").status());
    same("abc", endpoints.get("10.0.0.1").values().get("HOST_ID"));
    same("BOOT", endpoints.get("0:0:0:0:0:0:0:1").status());
    same("a:b", endpoints.get("0:0:0:0:0:0:0:1").values().get("DC"));
    same("UNKNOWN", new Endpoint("x", 0, Map.of()).status());
    same("10.0.0.1", CassandraState.bare("/10.0.0.1:7000"));
    same("10.0.0.1", CassandraState.bare("pod-0/10.0.0.1"));
    same("::1", CassandraState.bare("/[::1]:7000"));
    same(new PeerAnswer("NORMAL", true, 17, NOW),
        PeerAnswer.parse("{\"address\":\"a\",\"status\":\"NORMAL\",\"alive\":true,\"generation\":17}", NOW));
    same(new PeerAnswer("UNKNOWN", false, 0, NOW), PeerAnswer.parse("nonsense", NOW));
  }

  private static Ring ring(String mode, boolean nativeTransport, String... live) {
    Map<String, String> members = Map.of(ME, "h1", "10.0.0.2", "h2", "10.0.0.3", "h3");
    Map<String, Endpoint> endpoints = Map.of(ME, new Endpoint(ME, 17, Map.of("STATUS", "NORMAL,1")));
    return new Ring(mode, Optional.of("h1"), Optional.of(ME), nativeTransport, members, List.of(live), List.of(), endpoints);
  }

  private static String cassandra(Ring ring, Map<String, PeerAnswer> answers, boolean wasReady, long servesMs) {
    return CassandraReadiness.decide(new CassandraReadiness.Input(ring, answers, wasReady, servesMs, NOW)).reason();
  }

  private static void cassandra() {
    PeerAnswer good = new PeerAnswer("NORMAL", true, 17, NOW - 1_000);
    PeerAnswer old = new PeerAnswer("NORMAL", true, 17, NOW - CassandraReadiness.ANSWER_VALID_MS);
    Ring all = ring("NORMAL", true, ME, "10.0.0.2", "10.0.0.3");
    Map<String, PeerAnswer> agreed = Map.of("10.0.0.2", good, "10.0.0.3", good);
    same("ready", cassandra(all, agreed, false, 0));
    same("operation mode is JOINING, not NORMAL", cassandra(ring("JOINING", true, ME), agreed, false, 0));
    same("native transport is not running", cassandra(ring("NORMAL", false, ME), agreed, true, 0));
    same("waiting for gossip with 10.0.0.2, 10.0.0.3", cassandra(ring("NORMAL", true, ME), Map.of(), false, 9_999));
    same("ready", cassandra(ring("NORMAL", true, ME), Map.of(), false, 10_000));
    same("ready", cassandra(ring("NORMAL", true, ME), Map.of(), true, 0));
    same("no answer yet from 10.0.0.3", cassandra(all, Map.of("10.0.0.2", good), false, 60_000));
    same("no answer yet from 10.0.0.3", cassandra(all, Map.of("10.0.0.2", good, "10.0.0.3", old), false, 60_000));
    same("ready", cassandra(all, Map.of("10.0.0.2", good), true, 60_000));
    same("no answer yet from 10.0.0.2, 10.0.0.3", cassandra(all, Map.of(), true, 60_000));
    same("10.0.0.3 sees this node as BOOT, not NORMAL", objection(all, good, new PeerAnswer("BOOT", true, 17, NOW)));
    same("10.0.0.3 sees this node as down", objection(all, good, new PeerAnswer("NORMAL", false, 17, NOW)));
    same("10.0.0.3 has not yet seen this node's restart", objection(all, good, new PeerAnswer("NORMAL", true, 16, NOW)));
    PeerAnswer wrong = new PeerAnswer("UNKNOWN", false, 0, NOW);
    same("ready", cassandra(all, Map.of("10.0.0.2", good, "10.0.0.3", wrong), true, 60_000));
    same("10.0.0.2 sees this node as UNKNOWN, not NORMAL",
        cassandra(all, Map.of("10.0.0.2", wrong, "10.0.0.3", wrong), true, 60_000));
  }

  private static String objection(Ring ring, PeerAnswer good, PeerAnswer bad) {
    return cassandra(ring, Map.of("10.0.0.2", good, "10.0.0.3", bad), false, 60_000);
  }

  /** After this node has told everybody that it is no member any more. */
  private static Ring leftRing(String mode) {
    Map<String, Endpoint> endpoints = Map.of(ME, new Endpoint(ME, 17, Map.of("STATUS", "LEFT,1,2")));
    Map<String, String> members = Map.of("10.0.0.2", "h2", "10.0.0.3", "h3");
    List<String> live = List.of(ME, "10.0.0.2", "10.0.0.3");
    return new Ring(mode, Optional.of("h1"), Optional.of(ME), true, members, live, List.of(), endpoints);
  }

  private static void leavingReadiness() {
    PeerAnswer normal = new PeerAnswer("NORMAL", true, 17, NOW);
    PeerAnswer leaving = new PeerAnswer("LEAVING", true, 17, NOW);
    Map<String, PeerAnswer> told = Map.of("10.0.0.2", normal, "10.0.0.3", leaving);
    for (String mode : List.of("LEAVING", "DECOMMISSION_FAILED")) {
      Ring all = ring(mode, true, ME, "10.0.0.2", "10.0.0.3");
      same("ready", cassandra(all, told, false, 60_000));
      same("ready", cassandra(all, told, true, 0));
      same("native transport is not running", cassandra(ring(mode, false, ME), told, true, 0));
      same("10.0.0.3 sees this node as LEFT, not NORMAL", objection(all, normal, new PeerAnswer("LEFT", true, 17, NOW)));
      same("10.0.0.3 has not yet seen this node's restart", objection(all, normal, new PeerAnswer("LEAVING", true, 16, NOW)));
      same("has left the ring", cassandra(leftRing(mode), told, true, 60_000));
    }
    same("10.0.0.3 sees this node as LEAVING, not NORMAL",
        objection(ring("NORMAL", true, ME, "10.0.0.2", "10.0.0.3"), normal, leaving));
    same("has left the ring", cassandra(ring("DECOMMISSIONED", false, ME), told, true, 60_000));
    // One that has left is no member: nobody waits for it, whether gossip still calls it alive or not.
    Ring without = ring("NORMAL", true, ME, "10.0.0.2", "10.0.0.3", "10.0.0.4");
    same("ready", cassandra(without, Map.of("10.0.0.2", normal, "10.0.0.3", normal), false, 0));
    same(false, without.hasLeft());
    same(false, ring("LEAVING", true, ME).hasLeft());
    same(true, leftRing("LEAVING").hasLeft());
  }

  private static void asked() {
    String annotations = """
        a.b/leave="x"
        stateward.dev/leave="8584fe77-6941-4f84-a6fb-54e36179e3c0"
        kubernetes.io/config.seen="stateward.dev/leave=\\"no\\""
        """;
    same(Optional.of("8584fe77-6941-4f84-a6fb-54e36179e3c0"), Leaving.asked(annotations));
    same(Optional.of(""), Leaving.asked("stateward.dev/leave=\"\""));
    same(Optional.empty(), Leaving.asked("x.stateward.dev/leave=\"h1\"\nstateward.dev/leaves=\"h1\""));
    same("Stream failed: one two", Leaving.oneLine("Stream failed: \none\n\tat a.b\n\tat c\ntwo\n"));
    same(300, Leaving.oneLine("x".repeat(1_000)).length());
  }

  private static String leave(Ring ring, String asked, boolean running, Leave.Failure failure) {
    Verdict verdict = ring.nativeTransport() ? Verdict.READY : Verdict.notReady("no");
    Leave.Input input = new Leave.Input(
        Optional.ofNullable(asked), ring, verdict, running, Optional.ofNullable(failure), NOW);
    return Leave.decide(input).map(leave -> (leave.due() ? "due " : "") + leave.kind() + ": " + leave.message()).orElse("none");
  }

  private static void maintenance() {
    String annotations = "stateward.dev/leave=\"h1\"\nstateward.dev/maintenance=\"Repair:a1:Orders_1\"\n";
    Maintenance.Wish wish = new Maintenance.Wish("Repair", "a1", "Orders_1");
    same(Optional.of(wish), Maintenance.Wish.parse(annotations));
    for (String other : List.of("", "Repair:a1", "Drop:a1:orders", "Repair:a1:a b", "Repair:a1:" + "x".repeat(49)))
      same(Optional.empty(), Maintenance.Wish.parse("stateward.dev/maintenance=\"" + other + "\""));
    same(false, due(null, null, "NORMAL"));
    same(false, due(wish, null, "JOINING"));
    same(true, due(wish, null, "NORMAL"));
    Maintenance.Wish next = new Maintenance.Wish("Cleanup", "a2", "Orders_1");
    for (Maintenance.Kind kind : Maintenance.Kind.values()) {
      Maintenance last = new Maintenance(wish, kind, "why", NOW - Maintenance.RETRY_MS);
      same(kind != Maintenance.Kind.RUNNING, due(next, last, "NORMAL"));
      same(kind == Maintenance.Kind.FAILED, due(wish, last, "NORMAL"));
      same(false, due(wish, new Maintenance(wish, kind, "why", NOW - Maintenance.RETRY_MS + 1), "NORMAL"));
    }
    same("{\"kind\":\"Idle\"}", Json.write(Maintenance.write(Optional.empty())));
    Maintenance failed = new Maintenance(wish, Maintenance.Kind.FAILED, "why", NOW);
    same("{\"kind\":\"Failed\",\"id\":\"a1\",\"message\":\"why\"}", Json.write(Maintenance.write(Optional.of(failed))));
  }

  private static boolean due(Maintenance.Wish wish, Maintenance last, String mode) {
    return Maintenance.due(Optional.ofNullable(wish), Optional.ofNullable(last), mode, NOW);
  }

  private static void leave() {
    Ring all = ring("NORMAL", true, ME, "10.0.0.2", "10.0.0.3");
    same("none", leave(all, null, false, null));
    same("due Asked: begins", leave(all, "h1", false, null));
    same("Asked: is on its way", leave(all, "h1", true, null));
    same("Failed: host h2 is to leave, and this is h1", leave(all, "h2", false, null));
    same("Failed: host  is to leave, and this is h1", leave(all, "", false, null));
    same("Asked: does not know its host id yet", leave(Ring.starting("STARTING"), "h1", false, null));
    same("Asked: waits for 10.0.0.3, which gossip has not found",
        leave(ring("NORMAL", true, ME, "10.0.0.2"), "h1", false, null));
    same("Asked: waits until it is ready: no",
        leave(ring("NORMAL", false, ME, "10.0.0.2", "10.0.0.3"), "h1", false, null));
    for (String mode : List.of("JOINING", "MOVING", "DRAINING", "DRAINED"))
      same("Asked: waits until its operation mode is NORMAL: it is " + mode,
          leave(ring(mode, true, ME, "10.0.0.2", "10.0.0.3"), "h1", false, null));
    same("Asked: is on its way", leave(ring("LEAVING", true, ME), "h1", false, null));
    same("Asked: has left", leave(ring("DECOMMISSIONED", false, ME), "h1", false, null));
    for (String mode : List.of("NORMAL", "LEAVING", "DECOMMISSION_FAILED")) {
      Ring failed = ring(mode, true, ME, "10.0.0.2", "10.0.0.3");
      same("Failed: why", leave(failed, "h1", false, new Leave.Failure("why", NOW - Leave.RETRY_MS + 1)));
      same("due Failed: why", leave(failed, "h1", false, new Leave.Failure("why", NOW - Leave.RETRY_MS)));
      same("Asked: is on its way", leave(failed, "h1", true, new Leave.Failure("why", 0)));
      same("none", leave(failed, null, false, new Leave.Failure("why", 0)));
    }
    same("Failed: why", leave(ring("DECOMMISSION_FAILED", true, ME, "10.0.0.2"), "h1", false, new Leave.Failure("why", 0)));
    same("due Asked: begins", leave(ring("DECOMMISSION_FAILED", true, ME, "10.0.0.2", "10.0.0.3"), "h1", false, null));
  }

  private static void left() throws IOException {
    Path joined = Files.createTempDirectory("left").resolve("joined");
    Options options = Options.parse("cassandra,port=1,joined=" + joined);
    same(Optional.empty(), Left.of(options));
    Left.mark(options).orElseThrow().write("h1");
    same(Optional.of(new Left("h1")), Left.of(options));
    same("{\"ready\":false,\"reason\":\"has left the ring\",\"operationMode\":\"DECOMMISSIONED\",\"hostId\":\"h1\"}",
        Json.write(new Left("h1").state()));
    same(Optional.empty(), Left.of(Options.parse("kafka,port=1")));
  }

  private static void seeds() {
    same(List.of("parameters: [{seeds: \"a,b\"}]"), SeedWatch.lines("num_tokens: 16\n  parameters: [{seeds: \"a,b\"}]\n"));
    same(List.of("- seeds: a"), SeedWatch.lines("seed_provider:\n    - seeds: a\n# no\n"));
  }

  private static void mark() throws IOException {
    Path file = Files.createTempDirectory("mark").resolve("joined");
    new HostMark(file).write("h1");
    same("h1\n", Files.readString(file));
    new HostMark(file).write("h2");
    same("h2\n", Files.readString(file));
    same(List.of(file), Files.list(file.getParent()).toList());
  }

  private static void hints() throws IOException {
    Path folder = Files.createTempDirectory("hints");
    same(Optional.of(Map.of()), new HintFiles(folder).count());
    String one = "8584fe77-6941-4f84-a6fb-54e36179e3c0";
    String other = "0c2346e7-9aea-43d4-acce-f265e7f095a6";
    List<String> names = List.of(one + "-1795363686113-2.hints", one + "-1795363696113-2.hints", one + "-1795363686113-2.crc32",
        other + "-1795363756122-2.hints", "notes.hints");
    for (String name : names) Files.createFile(folder.resolve(name));
    same(Optional.of(Map.of(one, 2, other, 1)), new HintFiles(folder).count());
    same(Optional.empty(), new HintFiles(folder.resolve("absent")).count());
  }
}
