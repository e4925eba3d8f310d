/** A stored `KafkaCluster` as a model, or everything that is wrong with it. */
import {
  type KafkaClusterSpec,
  type KafkaClusterStatus,
  type KafkaListener,
  type KafkaPool,
  type KafkaRole,
  type KafkaVersion,
  mostRanges,
  parseKafkaSpec,
} from '../../crds/kafka-cluster.ts';
import { mostEndpoints } from '../../crds/status.ts';
import type { PersistentVolumeClaim } from '../kube/resource.ts';
import { readBundle } from '../tls/certificate.ts';
import { mebibyte } from '../workload/bytes.ts';
import type { Facts } from '../workload/facts.ts';
import { keys, type ServiceIdentity } from '../workload/identity.ts';
import { memberNames } from '../workload/members/member-set.ts';
import { type HeapRule, heapFor } from '../workload/memory.ts';
import { ownerUid } from '../workload/preflight.ts';
import { type Parsed, type Rejection, reject } from '../workload/rejection.ts';
import { decommissioned, type Stack, scaleOf, wantedOf } from '../workload/scale.ts';
import { compareVersions } from '../workload/versions.ts';
import { refusal } from './config/rules.ts';
import { assignNodeIds, clusterIdAnnotation, isClusterId, newClusterId, recordedClusterId } from './ids.ts';
import { endpointOf, isInUse, leavingListeners, openListeners } from './listeners/open.ts';
import { names, ports } from './names.ts';

/** What the process configuration says to every Kafka service. */
export interface KafkaSettings {
  clusterDomain: string;
  /** Where the operator itself runs. */
  operatorNamespace: string;
  /** Repository without a tag. */
  kafkaImage: string;
  /** Whole reference. */
  agentsImage: string;
}

export interface PoolModel {
  spec: KafkaPool;
  roles: KafkaRole[];
  firstNodeId: number;
  /** How many members there are to be. */
  replicas: number;
  /** Those and the ones that have yet to leave. */
  members: number;
  /** Bytes. */
  heap: bigint;
}

export interface KafkaSpecModel {
  service: ServiceIdentity;
  spec: KafkaClusterSpec;
  version: KafkaVersion;
  image: string;
  clusterId: string;
  /** The quorum has formed. */
  formed: boolean;
  /** The volumes are those of a former service, whose quorum formed long ago. */
  adopted: boolean;
  /** Node ids of members that have served: an empty volume of one of them is one that was lost. */
  joined: number[];
  pools: PoolModel[];
  stacks: Stack[];
  /** All that brokers have open. */
  listeners: KafkaListener[];
  /** Names of those among them that the spec no longer has. */
  leaving: string[];
}

/** Half of the limit, and no more than 6 GiB: Kafka lives on the page cache. */
const heapRule: HeapRule = {
  derive: (limit) => (limit / 2n < 6144n * mebibyte ? limit / 2n : 6144n * mebibyte),
  minimum: 192n * mebibyte,
  overhead: 192n * mebibyte,
};

export function parseSpec(
  spec: unknown,
  facts: Facts<KafkaClusterStatus>,
  settings: KafkaSettings,
): Parsed<KafkaSpecModel> {
  const parsed = parseKafkaSpec(spec ?? {});
  if (!parsed.ok) {
    return {
      ok: false,
      rejections: parsed.problems.map(({ path, message }) => reject('InvalidSpec', `${path}: ${message}`)),
    };
  }
  const value = parsed.value;
  const rejections = [
    ...checkConfig(value),
    ...checkPorts(value),
    ...checkIssuers(value),
    ...checkListeners(value, facts),
    ...checkLeaving(value, facts),
    ...checkChanges(value, facts),
    ...checkQuorum(value, facts),
    ...checkVersion(value, facts),
    ...checkClaims(value, facts),
    ...checkRanges(value, facts),
  ];
  const pools = poolModels(value, facts, rejections);
  if (rejections.length > 0) return { ok: false, rejections };
  const stacks = stacksOf(facts.service, pools);
  return { ok: true, model: { ...identity(value, facts, settings), pools, stacks } };
}

function identity(
  spec: KafkaClusterSpec,
  facts: Facts<KafkaClusterStatus>,
  settings: KafkaSettings,
): Omit<KafkaSpecModel, 'pools' | 'stacks'> {
  const born = newClusterId(facts.service.uid);
  const clusterId = recordedClusterId(ownClaims(spec, facts)) ?? born;
  return {
    service: facts.service,
    spec,
    version: spec.version,
    image: spec.image ?? `${settings.kafkaImage}:${spec.version}`,
    clusterId,
    formed: facts.status.clusterId !== undefined || clusterId !== born,
    adopted: clusterId !== born,
    joined: (facts.status.members ?? []).flatMap(({ joined, nodeId }) =>
      joined === true && nodeId !== undefined ? [nodeId] : [],
    ),
    listeners: openListeners(spec, facts.status),
    leaving: leavingListeners(spec, facts.status).map(({ name }) => name),
  };
}

function ownClaims(spec: KafkaClusterSpec, facts: Facts<KafkaClusterStatus>): PersistentVolumeClaim[] {
  return facts.claims.filter((claim) => [facts.service.uid, spec.adoptVolumesFrom].includes(ownerUid(claim)));
}

function checkConfig(spec: KafkaClusterSpec): Rejection[] {
  return Object.keys(spec.config).flatMap((key) => {
    const because = refusal(spec.version, key);
    if (because === undefined) return [];
    return [reject('ConfigRefused', `spec.config[${key}] cannot be set: ${because}; remove it`)];
  });
}

function checkPorts(spec: KafkaClusterSpec): Rejection[] {
  const reserved = new Map(Object.entries(ports).map(([use, port]) => [port as number, use]));
  return spec.listeners.flatMap(({ name, port }) => {
    const use = reserved.get(port);
    if (use === undefined) return [];
    return [
      reject('InvalidSpec', `spec.listeners[${name}].port: ${port} is the ${use} port of every member; choose another`),
    ];
  });
}

/** A broker that cannot read it would not start. */
function checkIssuers(spec: KafkaClusterSpec): Rejection[] {
  return spec.listeners.flatMap(({ name, oauth }) => {
    const read = oauth?.ca === undefined ? undefined : readBundle(oauth.ca);
    if (read === undefined || read.ok) return [];
    return [reject('InvalidSpec', `spec.listeners[${name}].oauth.ca: ${read.problem}; give one or more certificates`)];
  });
}

/** In the middle of a roll some brokers would have it one way and some the other, and no client could do both. */
function checkListeners(spec: KafkaClusterSpec, facts: Facts<KafkaClusterStatus>): Rejection[] {
  if (!isInUse(facts.status)) return [];
  return spec.listeners.flatMap((listener) => {
    const known = endpointOf(facts.status, listener.name);
    if (known === undefined) return [];
    const fixed = ['port', 'tls', 'authentication'] as const;
    const changed = fixed.filter((field) => known[field] !== listener[field]).join(' and ');
    if (changed === '') return [];
    const message = `spec.listeners[${listener.name}]: ${changed} cannot change while clients use it; set it back, or replace it by a listener of another name and port: both stay open until clients have moved`;
    return [reject('ChangeRefused', message)];
  });
}

/** A listener that leaves has its port until it is closed. */
function checkLeaving(spec: KafkaClusterSpec, { service, status }: Facts<KafkaClusterStatus>): Rejection[] {
  const leaving = leavingListeners(spec, status);
  const all = spec.listeners.length + leaving.length;
  if (all > mostEndpoints) {
    const message = `spec.listeners: with those that clients have yet to leave there would be ${all}, and there may be ${mostEndpoints}; add others when these are closed`;
    return [reject('ChangeRefused', message)];
  }
  return spec.listeners.flatMap(({ name, port }) => {
    const holder = leaving.find((other) => other.port === port);
    if (holder === undefined) return [];
    const message = `spec.listeners[${name}].port: ${port} is that of listener ${holder.name}, which stays open until its clients have moved; choose another, or put ${holder.name} back (kubectl stateward plan ${service.name} says when it closes)`;
    return [reject('ChangeRefused', message)];
  });
}

/** Changes that would lose data or the quorum, or that have another way. */
function checkChanges(spec: KafkaClusterSpec, facts: Facts<KafkaClusterStatus>): Rejection[] {
  return (facts.status.members ?? [])
    .filter((member) => member.joined === true)
    .flatMap((member) => {
      const pool = spec.pools.find((candidate) => candidate.name === member.group);
      if (pool === undefined) {
        const message = `member ${member.name} holds data, and pool ${member.group} is gone; put the pool back with replicas: 0, and remove it once its members have left`;
        return [reject('ChangeRefused', message)];
      }
      const sameRoles = [...pool.roles].sort().join() === [...(member.roles ?? pool.roles)].sort().join();
      return sameRoles
        ? []
        : [
            reject(
              'ChangeRefused',
              `pool ${pool.name} has members with the roles ${member.roles?.join(', ')}, which cannot change; set the roles back and add another pool`,
            ),
          ];
    });
}

/** The metadata of a newer version is not read by an older one, and lowering it first is not supported yet. */
function checkVersion({ version }: KafkaClusterSpec, facts: Facts<KafkaClusterStatus>): Rejection[] {
  const newest = (facts.status.members ?? [])
    .flatMap((member) => (member.joined === true && member.version !== undefined ? [member.version] : []))
    .toSorted(compareVersions)
    .at(-1);
  if (newest === undefined || compareVersions(version, newest) >= 0) return [];
  const message = `members run Kafka ${newest} and cannot go back to ${version}; set spec.version to ${newest}`;
  return [reject('ChangeRefused', message)];
}

/** A controller that comes later has no vote, and this version of Stateward cannot give it one. */
function checkQuorum(spec: KafkaClusterSpec, facts: Facts<KafkaClusterStatus>): Rejection[] {
  const members = facts.status.members ?? [];
  if (facts.status.clusterId === undefined || members.length === 0) return [];
  return spec.pools
    .filter((pool) => pool.roles.includes('Controller'))
    .flatMap((pool) => {
      const voters = members.filter((member) => member.group === pool.name).length;
      if (pool.replicas <= voters) return [];
      return [
        reject(
          'ChangeRefused',
          `the quorum has formed and pool ${pool.name} cannot get more controllers yet; set its replicas back to ${voters}, or add a pool with the role Broker`,
        ),
      ];
    });
}

/** It becomes part of a shell script, and anybody who may edit claims can write it. */
function checkClaims(spec: KafkaClusterSpec, facts: Facts<KafkaClusterStatus>): Rejection[] {
  return ownClaims(spec, facts).flatMap((claim) => {
    const id = recordedClusterId([claim]);
    if (id === undefined || isClusterId(id)) return [];
    const message = `claim ${claim.metadata.name}: its annotation ${clusterIdAnnotation} is no id of a Kafka cluster; set it to the cluster.id in meta.properties of the volume`;
    return [reject('StorageChangeRefused', message)];
  });
}

/** Status keeps the node ids of every pool that there ever was. */
function checkRanges({ pools }: KafkaClusterSpec, { status }: Facts<KafkaClusterStatus>): Rejection[] {
  const names = new Set([...pools, ...(status.pools ?? [])].map(({ name }) => name));
  if (names.size <= mostRanges) return [];
  const message = `spec.pools: a service has had ${mostRanges} pools at most, and their node ids are kept; use the name of one that is gone`;
  return [reject('ChangeRefused', message)];
}

function poolModels(spec: KafkaClusterSpec, facts: Facts<KafkaClusterStatus>, rejections: Rejection[]): PoolModel[] {
  const starts = assignNodeIds(
    spec.pools.map((pool) => pool.name),
    recordedStarts(facts),
  );
  return spec.pools.flatMap((pool) => {
    const { memory } = { ...pool.resources.requests, ...pool.resources.limits };
    const heap = heapFor(heapRule, memory ?? '2Gi', pool.jvm?.heap, `spec.pools[${pool.name}]`);
    if (!heap.ok) {
      rejections.push(heap.rejection);
      return [];
    }
    const firstNodeId = starts.get(pool.name) ?? 0;
    const told = decommissioned(facts);
    const replicas = wantedOf(poolMembers(facts.service, pool, firstNodeId), told);
    const group = { name: names.pool(facts.service, pool.name), firstOrdinal: firstNodeId, replicas };
    const { members } = scaleOf(group, facts);
    return [{ spec: pool, roles: [...pool.roles], firstNodeId, replicas, members, heap: heap.bytes }];
  });
}

function poolMembers(service: ServiceIdentity, { name, replicas }: KafkaPool, firstNodeId: number): string[] {
  return memberNames({ name: names.pool(service, name), firstOrdinal: firstNodeId, members: replicas });
}

/** A role that no other pool has needs a member here. */
function stacksOf(service: ServiceIdentity, pools: readonly PoolModel[]): Stack[] {
  return pools.map((pool) => {
    const others = pools.filter((other) => other !== pool && other.replicas > 0);
    const alone = pool.roles.some((role) => others.every(({ roles }) => !roles.includes(role)));
    return { members: poolMembers(service, pool.spec, pool.firstNodeId), least: alone ? 1 : 0 };
  });
}

/** From status, and from the StatefulSets where a crash came before the write of status. */
function recordedStarts(facts: Facts<KafkaClusterStatus>): Map<string, number> {
  const shown = (facts.status.pools ?? []).map(({ name, nodeIdStart }): [string, number] => [name, nodeIdStart]);
  const live = facts.sets.map((set): [string, number] => [
    set.metadata.labels?.[keys.group] ?? '',
    set.spec?.ordinals?.start ?? 0,
  ]);
  return new Map([...shown, ...live]);
}
