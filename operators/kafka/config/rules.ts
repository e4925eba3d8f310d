/** Which settings belong to Stateward, and why: a user's value for them is refused with the reason. */
import type { KafkaVersion } from '../../../crds/kafka-cluster.ts';

interface Rule {
  /** A whole key, or a prefix where it ends in a dot. */
  key: string;
  because: string;
}

const owned: Rule[] = [
  { key: 'process.roles', because: 'it follows from pools[].roles' },
  { key: 'node.id', because: 'it is the number in the pod name' },
  { key: 'broker.id', because: 'it is the number in the pod name' },
  { key: 'broker.rack', because: "it is the zone of the pod's node" },
  { key: 'controller.quorum.', because: 'the quorum is kept by Stateward' },
  { key: 'controller.listener.names', because: 'controllers use a listener of their own' },
  { key: 'listeners', because: 'it follows from spec.listeners' },
  { key: 'advertised.listeners', because: 'it follows from spec.listeners' },
  { key: 'listener.security.protocol.map', because: 'it follows from spec.listeners' },
  { key: 'listener.name.', because: 'it follows from spec.listeners' },
  { key: 'early.start.listeners', because: 'it follows from spec.listeners' },
  { key: 'inter.broker.listener.name', because: 'brokers use a listener of their own' },
  { key: 'security.inter.broker.protocol', because: 'brokers use a listener of their own' },
  { key: 'log.dir', because: 'it follows from pools[].storage.volumes' },
  { key: 'log.dirs', because: 'it follows from pools[].storage.volumes' },
  { key: 'metadata.log.dir', because: 'it is the first of pools[].storage.volumes' },
  { key: 'config.providers', because: 'Stateward uses one to give each pod its node id' },
  { key: 'config.providers.', because: 'Stateward uses one to give each pod its node id' },
  { key: 'security.providers', because: 'listeners are secured by spec.listeners' },
  { key: 'ssl.', because: 'listeners are secured by spec.listeners' },
  { key: 'sasl.', because: 'listeners are secured by spec.listeners' },
  { key: 'principal.builder.class', because: 'listeners are secured by spec.listeners' },
  { key: 'authorizer.class.name', because: 'it follows from spec.authorization' },
  { key: 'super.users', because: 'it follows from spec.authorization.superUsers' },
  { key: 'allow.everyone.if.no.acl.found', because: 'who may do what is said by KafkaUsers' },
  { key: 'unstable.', because: 'unstable features cannot be upgraded' },
];

const removedInFour = 'Kafka 4 has no such setting';

/** Settings that a version no longer has: it would ignore them, and the user would not know. */
const goneInFour: Rule[] = [
  { key: 'zookeeper.', because: removedInFour },
  { key: 'inter.broker.protocol.version', because: `${removedInFour}; see spec.version` },
  { key: 'log.message.format.version', because: removedInFour },
  {
    key: 'log.message.timestamp.difference.max.ms',
    because: `${removedInFour}; use log.message.timestamp.before.max.ms`,
  },
  { key: 'control.plane.listener.name', because: removedInFour },
  { key: 'delegation.token.master.key', because: `${removedInFour}; use delegation.token.secret.key` },
  { key: 'offsets.commit.required.acks', because: removedInFour },
  { key: 'auto.include.jmx.reporter', because: removedInFour },
];

/** Set and unset by a decommission (KIP-1066). */
const cordoning: Rule = { key: 'cordoned.log.dirs', because: 'it is set while a member is decommissioned' };
const noCordoning: Rule = { key: 'cordoned.log.dirs', because: 'Kafka has it from 4.3 on' };

const rules: Record<KafkaVersion, Rule[]> = {
  '4.3.1': [...owned, ...goneInFour, cordoning],
  '4.2.1': [...owned, ...goneInFour, noCordoning],
};

/** Why this key may not be set by the user; undefined if it may. */
export function refusal(version: KafkaVersion, key: string): string | undefined {
  const rule = rules[version].find((candidate) =>
    candidate.key.endsWith('.') ? key.startsWith(candidate.key) : key === candidate.key,
  );
  return rule?.because;
}
