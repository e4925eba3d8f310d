package dev.stateward.agent;

import java.util.Optional;

/**
 * One look at a Kafka process. Empty means that the bean is not there (yet).
 *
 * @param brokerState 0 NOT_RUNNING, 1 STARTING, 2 RECOVERY, 3 RUNNING, 6 PENDING_CONTROLLED_SHUTDOWN, 7 SHUTTING_DOWN
 * @param registration this broker in the replicated metadata: 10 fenced, 20 controlled shutdown, 30 active; only a
 *     process that is also a controller has it
 * @param brokerLagMs age of the newest metadata record that the broker applied
 * @param controllerLagMs the same for the controller
 */
record KafkaReading(
    Optional<Long> brokerState,
    Optional<Long> registration,
    Optional<Long> brokerLagMs,
    Optional<String> raftState,
    Optional<Long> leader,
    Optional<Long> controllerLagMs) {}
