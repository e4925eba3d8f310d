/** A Kafka service as the pure rooms take it, for tests. */
import assert from 'node:assert/strict';
import type { KafkaClusterSpecInput, KafkaClusterStatus } from '../../../crds/kafka-cluster.ts';
import { issuer } from '../../tls/issue.ts';
import { Identities } from '../../workload/certificates/access.ts';
import type { Facts } from '../../workload/facts.ts';
import type { MemberView } from '../../workload/members/members.ts';
import type { Rejection } from '../../workload/rejection.ts';
import { factsOf, viewOf } from '../../workload/testing/services.ts';
import type { ClusterView, KafkaAdmin, Quorum, Voter } from '../admin/admin.ts';
import { type KafkaModel, kafkaProduct } from '../index.ts';
import type { KafkaMember, KafkaSnapshot } from '../observe.ts';
import type { KafkaSettings } from '../spec.ts';

export const settings: KafkaSettings = {
  clusterDomain: 'cluster.local',
  operatorNamespace: 'stateward-system',
  kafkaImage: 'example.com/kafka',
  agentsImage: 'example.com/agents:1',
};

const nobody = (): Promise<never> => Promise.reject(new Error('nobody is asked'));

/** Answers nothing but what a test says. */
export function adminOf(answers: Partial<KafkaAdmin> = {}): KafkaAdmin {
  const silent: KafkaAdmin = {
    certificate: nobody,
    describe: nobody,
    forwards: nobody,
    partitions: nobody,
    dynamicConfig: nobody,
    alterDynamicConfig: nobody,
    reassignments: nobody,
    reassign: nobody,
    logDirs: nobody,
    cordon: nobody,
    electPreferred: nobody,
    addVoter: nobody,
    removeVoter: nobody,
    unregisterBroker: nobody,
    topics: nobody,
    createTopics: nobody,
    addPartitions: nobody,
    alterTopics: nobody,
    changeReplicas: nobody,
    deleteTopics: nobody,
    users: nobody,
    alterPasswords: nobody,
    addAcls: nobody,
    removeAcls: nobody,
    alterQuotas: nobody,
  };
  return { ...silent, ...answers };
}

export const separate: NonNullable<KafkaClusterSpecInput> = {
  pools: [
    { name: 'controller', roles: ['Controller'] },
    { name: 'broker', roles: ['Broker'], replicas: 2 },
  ],
};

type KafkaFacts = Facts<KafkaClusterStatus>;

export function kafkaFacts(
  status: KafkaClusterStatus = {},
  parts: Partial<Omit<KafkaFacts, 'status'>> = {},
): KafkaFacts {
  return factsOf(status, parts);
}

export function modelOf(spec: KafkaClusterSpecInput = {}, facts = kafkaFacts()): KafkaModel {
  const parsed = kafkaProduct(settings, () => adminOf(), new Identities(issuer)).parse(spec, facts);
  if (!parsed.ok) assert.fail(parsed.rejections.map(({ message }) => message).join('; '));
  return parsed.model;
}

export function rejectionsOf(spec: unknown, facts = kafkaFacts()): Rejection[] {
  const parsed = kafkaProduct(settings, () => adminOf(), new Identities(issuer)).parse(spec, facts);
  return parsed.ok ? [] : parsed.rejections;
}

/** Every member of the model, running and ready unless told otherwise. */
export function membersOf(model: KafkaModel, parts: Record<string, Partial<MemberView>> = {}): KafkaMember[] {
  return model.pools.flatMap((pool) => {
    const group = model.groups.find((candidate) => candidate.group === pool.spec.name);
    assert.ok(group !== undefined);
    return Array.from({ length: pool.replicas }, (_, index): KafkaMember => {
      const nodeId = pool.firstNodeId + index;
      const name = `${group.name}-${nodeId}`;
      return { ...viewOf(name, { group, ...parts[name] }), nodeId, pool };
    });
  });
}

/** Nobody answers, unless told otherwise. */
export function snapshotOf(parts: Partial<KafkaSnapshot> = {}): KafkaSnapshot {
  const silent = { cluster: undefined, partitions: undefined, reassignments: undefined, config: undefined };
  return { members: [], ...silent, disks: new Map(), forwarding: new Map(), ...parts };
}

interface ClusterParts extends Partial<Omit<Quorum, 'leaderId'>> {
  leaderId?: number;
  brokers?: number[];
  fenced?: number[];
}

/** Three controllers, all caught up. */
export function clusterOf(parts: ClusterParts = {}): ClusterView {
  const { leaderId = 0, brokers = [0, 1, 2], fenced = [], ...quorum } = parts;
  const voters = [0, 1, 2].map((nodeId) => voterOf(nodeId));
  const all = [...brokers, ...fenced].map((nodeId) => ({ nodeId, rack: 'a', fenced: fenced.includes(nodeId) }));
  return { clusterId: 'id', quorum: { leaderId, highWatermark: 9n, voters, observers: [], ...quorum }, brokers: all };
}

/** One that has everything, in its first directory. */
export function voterOf(nodeId: number, parts: Partial<Voter> = {}): Voter {
  return { nodeId, directoryId: `dir-${nodeId}`, logEndOffset: 9n, lastCaughtUp: 1_000n, lastFetch: 1_000n, ...parts };
}
