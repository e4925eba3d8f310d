/** Pure: what only a KafkaCluster's status shows. */
import type { KafkaClusterStatus, KafkaEndpoint, KafkaListener, KafkaMemberStatus } from '../../crds/kafka-cluster.ts';
import { certificateNames } from '../workload/certificates/secrets.ts';
import type { Facts } from '../workload/facts.ts';
import { serviceDns } from '../workload/identity.ts';
import { memberStatus } from '../workload/members/members.ts';
import type { Planned } from '../workload/product.ts';
import { ownedKeys, wantedConfig } from './config/configure.ts';
import { podsOf } from './config/server-properties.ts';
import { notForwarding } from './forwarding/forwarding.ts';
import type { KafkaModel } from './index.ts';
import { isReturning, isShut } from './leave.ts';
import { closingListeners, standings } from './listeners/plan.ts';
import { names } from './names.ts';
import type { KafkaMember, KafkaSnapshot } from './observe.ts';
import { hasFormed, presentReplica } from './plan.ts';
import type { KafkaSettings } from './spec.ts';

interface About {
  planned: Planned;
  settings: KafkaSettings;
}

export function reportKafka(
  model: KafkaModel,
  snapshot: KafkaSnapshot,
  facts: Facts<KafkaClusterStatus>,
  { planned, settings }: About,
): Partial<KafkaClusterStatus> {
  const formed = model.formed || (snapshot.cluster !== undefined && hasFormed(snapshot.cluster));
  const dynamic = ownedKeys(wantedConfig(model), snapshot.config, facts.status.dynamicConfig ?? []);
  return {
    ...(dynamic.length === 0 ? {} : { dynamicConfig: dynamic }),
    members: snapshot.members.map((member) => reportMember(member, snapshot, facts, planned.now)),
    pools: nodeIdRanges(model, facts),
    endpoints: endpoints(model, snapshot, facts, { planned, settings }),
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
  now: number,
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
  const broken = notForwarding(member, snapshot, facts, now);
  if (broken !== undefined) status.notForwarding = broken;
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

/** What is here no longer is closed: the next desired state is without it. */
function endpoints(
  model: KafkaModel,
  snapshot: KafkaSnapshot,
  { status }: Facts<KafkaClusterStatus>,
  { planned: { plans, now }, settings }: About,
): KafkaEndpoint[] {
  const closing = closingListeners(plans);
  const standing = standings(model, snapshot, status, now);
  return model.listeners
    .filter(({ name }) => !closing.includes(name))
    .map((listener) => ({ ...endpointFor(listener, model, settings), ...standing.get(listener.name) }));
}

function endpointFor(
  { name, port, tls, authentication, oauth }: KafkaListener,
  model: KafkaModel,
  { clusterDomain }: KafkaSettings,
): KafkaEndpoint {
  const { service } = model;
  const brokers = model.pools.filter((pool) => pool.roles.includes('Broker')).flatMap((pool) => podsOf(model, pool));
  return {
    name,
    dns: brokers.map(({ pod }) => `${serviceDns(pod, service, clusterDomain)}:${port}`),
    vip: `${serviceDns(names.bootstrap(service), service, clusterDomain)}:${port}`,
    port,
    tls,
    ...(tls && { ca: certificateNames.trust(service) }),
    authentication,
    ...(oauth && { oauth }),
  };
}
