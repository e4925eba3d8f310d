package dev.stateward.agent;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Kafka 4: bean names read off live 4.2.1 and 4.3.1 processes. */
final class Kafka implements Product {
  private static final String SERVER = "kafka.server:type=KafkaServer,name=";
  private static final String RAFT = "kafka.server:type=raft-metrics";
  private static final String BROKER_METADATA = "kafka.server:type=broker-metadata-metrics";
  private static final String CONTROLLER = "kafka.controller:type=KafkaController,name=";
  private static final String RECOVERY = "kafka.log:type=LogManager,name=remainingLogsToRecover,*";

  private final Beans beans = new Beans();
  private final Set<String> roles;

  Kafka(Options options) {
    this.roles = options.roles();
  }

  @Override
  public Verdict ready() {
    return KafkaReadiness.decide(roles, read());
  }

  @Override
  public Map<String, Object> state() {
    KafkaReading reading = read();
    Verdict verdict = KafkaReadiness.decide(roles, reading);
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("ready", verdict.ready());
    state.put("reason", verdict.reason());
    state.put("roles", roles.stream().sorted().toList());
    state.put("clusterId", beans.text(SERVER + "ClusterId", "Value").orElse(null));
    state.put("version", beans.text("kafka.server:type=app-info", "version").orElse(null));
    state.put("brokerState", reading.brokerState().map(KafkaReadiness::stateName).orElse(null));
    state.put("metadataLagMs", reading.brokerLagMs().or(reading::controllerLagMs).orElse(null));
    putQuorum(state, reading);
    state.put("remainingLogsToRecover", beans.sum(RECOVERY, "Value"));
    state.put("uptimeMs", ManagementFactory.getRuntimeMXBean().getUptime());
    return state;
  }

  private void putQuorum(Map<String, Object> state, KafkaReading reading) {
    state.put("raftState", reading.raftState().orElse(null));
    state.put("leader", reading.leader().orElse(null));
    state.put("epoch", beans.number(RAFT, "current-epoch").orElse(null));
    state.put("highWatermark", beans.number(RAFT, "high-watermark").orElse(null));
    state.put("logEndOffset", beans.number(RAFT, "log-end-offset").orElse(null));
    state.put("voters", beans.number(RAFT, "number-of-voters").orElse(null));
  }

  private KafkaReading read() {
    return new KafkaReading(
        beans.number(SERVER + "BrokerState", "Value"),
        registration(),
        beans.number(BROKER_METADATA, "last-applied-record-lag-ms"),
        beans.text(RAFT, "current-state"),
        beans.number(RAFT, "current-leader"),
        beans.number(CONTROLLER + "LastAppliedRecordLagMs", "Value"));
  }

  private Optional<Long> registration() {
    return nodeId().flatMap(id -> beans.number(CONTROLLER + "BrokerRegistrationState,broker=" + id, "Value"));
  }

  /** The broker's own channel to the controller is the one bean that carries its node id. */
  private Optional<String> nodeId() {
    return beans.names("kafka.server:type=heartbeat-metrics,BrokerId=*").stream()
        .map(name -> name.getKeyProperty("BrokerId"))
        .findFirst();
  }
}
