/** Names and ports of a Kafka service. */
import type { ServiceIdentity } from '../workload/identity.ts';

export const ports = {
  /** Controllers among themselves, brokers to controllers. */
  controller: 9090,
  /** Brokers among themselves, and the operator: independent of the listeners that users define. */
  internal: 9091,
  /** The agent's probes. */
  agent: 8778,
} as const;

/** Listener names as Kafka writes them; user listeners are the upper-case form of their names. */
export const controllerListener = 'CONTROLLER';
export const internalListener = 'INTERNAL';

export const brokerRoleLabel = 'stateward.dev/broker';

export const names = {
  members: (service: ServiceIdentity) => `${service.name}-kafka-members`,
  bootstrap: (service: ServiceIdentity) => `${service.name}-kafka`,
  budget: (service: ServiceIdentity) => `${service.name}-kafka`,
  networkPolicy: (service: ServiceIdentity) => `${service.name}-kafka`,
  binding: (service: ServiceIdentity) => `${service.name}-kafka-binding`,
  pool: (service: ServiceIdentity, pool: string) => `${service.name}-${pool}`,
  config: (service: ServiceIdentity, pool: string) => `${service.name}-${pool}-config`,
};
