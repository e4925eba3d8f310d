package dev.stateward.agent;

import java.util.Optional;
import java.util.Set;

/** Kafka 4: bean names read off live 4.2.1 and 4.3.1 processes. */
final class Kafka implements Product {
  private static final String SERVER = "kafka.server:type=KafkaServer,name=";
  private static final String RAFT = "kafka.server:type=raft-metrics";
  private static final String BROKER_METADATA = "kafka.server:type=broker-metadata-metrics";
  private static final String CONTROLLER = "kafka.controller:type=KafkaController,name=";

  private final Beans beans = new Beans();
  private final Set<String> roles;

  Kafka(Options options) {
    this.roles = options.roles();
  }

  @Override
  public Verdict ready() {
    return KafkaReadiness.decide(roles, read());
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
