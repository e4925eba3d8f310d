/** Pure: what only a KafkaCluster's status shows. */
import type { KafkaClusterStatus, KafkaMemberStatus } from '../../crds/kafka-cluster.ts';
import { certificateNames } from '../workload/certificates/secrets.ts';
import type { Facts } from '../workload/facts.ts';
import { serviceDns } from '../workload/identity.ts';
import { memberStatus } from '../workload/members.ts';
import { ownedKeys, wantedConfig } from './configure.ts';
import type { KafkaModel } from './index.ts';
import { isReturning, isShut } from './leave.ts';
import { names } from './names.ts';
import type { KafkaMember, KafkaSnapshot } from './observe.ts';
import { hasFormed, presentReplica } from './plan.ts';
import { podsOf } from './server-properties.ts';
import type { KafkaSettings } from './spec.ts';

export function reportKafka(
  model: KafkaModel,
  snapshot: KafkaSnapshot,
  facts: Facts<KafkaClusterStatus>,
  settings: KafkaSettings,
): Partial<KafkaClusterStatus> {
  const formed = model.formed || (snapshot.cluster !== undefined && hasFormed(snapshot.cluster));
  const dynamic = ownedKeys(wantedConfig(model), snapshot.config, facts.status.dynamicConfig ?? []);
  return {
    ...(dynamic.length === 0 ? {} : { dynamicConfig: dynamic }),
    members: snapshot.members.map((member) => reportMember(member, snapshot, facts)),
    pools: nodeIdRanges(model, facts),
    endpoints: endpoints(model, settings),
    binding: { name: names.binding(model.service) },
    ...(formed ? { clusterId: model.clusterId } : {}),
  };
}

/** Also those of pools that are gone: their ids must never come back with other volumes. */
function nodeIdRanges(model: KafkaModel, facts: Facts<KafkaClusterStatus>): NonNullable<KafkaClusterStatus['pools']> {
  const present = model.pools.map((pool) => ({ name: pool.spec.name, nodeIdStart: pool.firstNodeId }));
  const gone = (facts.status.pools ?? []).filter(({ name }) => present.every((pool) => pool.name !== name));
  return [...present, ...gone];
}

function reportMember(
  member: KafkaMember,
  snapshot: KafkaSnapshot,
  facts: Facts<KafkaClusterStatus>,
): KafkaMemberStatus {
  const { cluster } = snapshot;
  const status: KafkaMemberStatus = {
    ...memberStatus(member),
    nodeId: member.nodeId,
    roles: member.pool.roles,
  };
  const directoryId = cluster === undefined ? undefined : presentReplica(member.nodeId, cluster.quorum)?.directoryId;
  if (directoryId !== undefined) status.directoryId = directoryId;
  if (hasJoined(member, cluster)) status.joined = true;
  // Said until its broker takes replicas again: so it is known after a crash, too.
  if (isReturning(member, facts) && isShut(member, snapshot) !== false) status.leaving = true;
  return status;
}

/** Ready as the kubelet sees it, and, for a broker, registered and not fenced as the controllers see it. */
function hasJoined(member: KafkaMember, cluster: KafkaSnapshot['cluster']): boolean {
  if (member.joined) return true;
  if (member.report.state !== 'Ready' || cluster === undefined) return false;
  if (!member.pool.roles.includes('Broker')) return hasFormed(cluster);
  return cluster.brokers.some((broker) => broker.nodeId === member.nodeId && !broker.fenced);
}

function endpoints(model: KafkaModel, settings: KafkaSettings): NonNullable<KafkaClusterStatus['endpoints']> {
  const { service } = model;
  const brokers = model.pools.filter((pool) => pool.roles.includes('Broker')).flatMap((pool) => podsOf(model, pool));
  return model.listeners.map(({ name, port, tls, authentication }) => ({
    name,
    dns: brokers.map(({ pod }) => `${serviceDns(pod, service, settings.clusterDomain)}:${port}`),
    vip: `${serviceDns(names.bootstrap(service), service, settings.clusterDomain)}:${port}`,
    port,
    tls,
    ...(tls && { ca: certificateNames.trust(service) }),
    authentication,
  }));
}
