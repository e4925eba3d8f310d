/** A stored `CassandraCluster` as a model, or everything that is wrong with it. */
import {
  type CassandraClusterSpec,
  type CassandraClusterStatus,
  type CassandraRack,
  type CassandraVersion,
  parseCassandraSpec,
} from '../../crds/cassandra-cluster.ts';
import type { Pod } from '../kube/resource.ts';
import { listed } from '../plan/listed.ts';
import { hasBegun } from '../plan/record.ts';
import { mebibyte } from '../workload/bytes.ts';
import type { Facts } from '../workload/facts.ts';
import type { ServiceIdentity } from '../workload/identity.ts';
import { type HeapRule, heapFor } from '../workload/memory.ts';
import { decommissionName } from '../workload/operations/decommission.ts';
import { membersBeingReplaced } from '../workload/operations/replace.ts';
import { ownerUid } from '../workload/preflight.ts';
import { type Parsed, type Rejection, reject } from '../workload/rejection.ts';
import { decommissioned, type Stack, wantedOf } from '../workload/scale.ts';
import { refusal } from './config/rules.ts';
import { faultsOf } from './config/text.ts';
import { authenticationAnnotation, encryptionAnnotation, hostIdAnnotation, names } from './names.ts';
import { chooseSeeds } from './seeds.ts';
import { superuserSecretOf } from './superuser/secret.ts';

/** What the process configuration says to every Cassandra service. */
export interface CassandraSettings {
  clusterDomain: string;
  /** Where the operator itself runs. */
  operatorNamespace: string;
  /** Repository without a tag. */
  cassandraImage: string;
  /** Whole reference. */
  agentsImage: string;
}

export interface RackModel {
  spec: CassandraRack;
  replicas: number;
}

export interface CassandraSpecModel {
  service: ServiceIdentity;
  spec: CassandraClusterSpec;
  version: CassandraVersion;
  image: string;
  clusterName: string;
  racks: RackModel[];
  stacks: Stack[];
  /** Bytes. */
  heap: bigint;
  /** Pod names. */
  seeds: string[];
  /** Some member has joined: from now on an empty volume belongs to a member that lost it. */
  founded: boolean;
  /** Clients have been told of the service: the superuser is ours, the system keyspaces are replicated. */
  published: boolean;
  superuserSecret: string;
}

/** Cassandra's own rule (cassandra-env.sh), applied to the container's limit. */
const heapRule: HeapRule = {
  derive: (limit) => larger(smaller(limit / 2n, 1024n * mebibyte), smaller(limit / 4n, 8192n * mebibyte)),
  minimum: 256n * mebibyte,
  overhead: 384n * mebibyte,
};

const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);
const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);

export function parseSpec(
  input: unknown,
  facts: Facts<CassandraClusterStatus>,
  settings: CassandraSettings,
): Parsed<CassandraSpecModel> {
  const parsed = parseCassandraSpec(input ?? {});
  if (!parsed.ok) {
    return {
      ok: false,
      rejections: parsed.problems.map(({ path, message }) => reject('InvalidSpec', `${path}: ${message}`)),
    };
  }
  const spec = parsed.value;
  const names = orderOf(facts.service, splitOverRacks(spec, spec.replicas));
  const racks = splitOverRacks(spec, wantedOf(names, [...decommissioned(facts), ...handingOver(facts)]));
  const { memory } = { ...spec.resources.requests, ...spec.resources.limits };
  const heap = heapFor(heapRule, memory ?? '4Gi', spec.jvm?.heap, 'spec');
  const refused = [
    ...checkConfig(spec),
    ...checkChanges(spec, facts),
    ...checkEncryption(spec, facts),
    ...checkAuthentication(spec, facts),
  ];
  const rejections = [...refused, ...(heap.ok ? [] : [heap.rejection])];
  if (rejections.length > 0 || !heap.ok) return { ok: false, rejections };
  const stacks = [{ members: names, least: leastOf(spec, facts) }];
  return { ok: true, model: { ...identity(spec, racks, facts, settings), heap: heap.bytes, stacks } };
}

function identity(
  spec: CassandraClusterSpec,
  racks: RackModel[],
  facts: Facts<CassandraClusterStatus>,
  settings: CassandraSettings,
): Omit<CassandraSpecModel, 'heap' | 'stacks'> {
  const { service } = facts;
  return {
    service,
    spec,
    racks,
    version: spec.version,
    image: spec.image ?? `${settings.cassandraImage}:${spec.version}`,
    clusterName: spec.clusterName ?? service.name,
    seeds: chooseSeeds(memberOrder(service, racks), seedable(facts)),
    founded: joinedMembers(facts).length > 0 || holdsData(spec, facts),
    published: (facts.status.endpoints ?? []).length > 0,
    superuserSecret: superuserSecretOf(service, spec),
  };
}

function joinedMembers(facts: Facts<CassandraClusterStatus>): string[] {
  return (facts.status.members ?? []).filter((member) => member.joined === true).map((member) => member.name);
}

/** A member that is built anew would be its own seed, and Cassandra refuses that. */
function seedable(facts: Facts<CassandraClusterStatus>): string[] {
  const rebuilt = membersBeingReplaced(facts.operations);
  return joinedMembers(facts).filter((name) => !rebuilt.includes(name));
}

/** The volumes say so themselves, also after their object is gone. */
function holdsData(spec: CassandraClusterSpec, facts: Facts): boolean {
  return facts.claims
    .filter((claim) => [facts.service.uid, spec.adoptVolumesFrom].includes(ownerUid(claim)))
    .some((claim) => claim.metadata.annotations?.[hostIdAnnotation] !== undefined);
}

/** Evenly; the first racks take what is over. */
function splitOverRacks(spec: CassandraClusterSpec, replicas: number): RackModel[] {
  const base = Math.floor(replicas / spec.racks.length);
  const over = replicas % spec.racks.length;
  return spec.racks.map((rack, index) => ({ spec: rack, replicas: base + (index < over ? 1 : 0) }));
}

/** Pod names in the order of joining: around the racks, so that replicas spread from the start. */
export function memberOrder(service: ServiceIdentity, racks: RackModel[]): { pod: string; rack: string }[] {
  const most = Math.max(...racks.map((rack) => rack.replicas));
  return Array.from({ length: most }, (_, ordinal) =>
    racks
      .filter((rack) => ordinal < rack.replicas)
      .map(({ spec }) => ({ pod: `${names.rack(service, spec.name)}-${ordinal}`, rack: spec.name })),
  ).flat();
}

function orderOf(service: ServiceIdentity, racks: RackModel[]): string[] {
  return memberOrder(service, racks).map(({ pod }) => pod);
}

/** Members whose data is on its way to others: Cassandra has no way back. */
function handingOver({ status }: Facts<CassandraClusterStatus>): string[] {
  const plan = status.plans?.find(({ name }) => name === decommissionName);
  const phases = plan?.phases.filter(({ steps }) => hasBegun(steps[0])) ?? [];
  return phases.map(({ name }) => name);
}

/** The system keyspaces have as many replicas as there were members, and no more than three. */
function leastOf(spec: CassandraClusterSpec, facts: Facts<CassandraClusterStatus>): number {
  const published = (facts.status.endpoints ?? []).length > 0;
  return Math.max(spec.racks.length, published ? Math.min(3, joinedMembers(facts).length) : 1);
}

function checkConfig(spec: CassandraClusterSpec): Rejection[] {
  const owned = Object.keys(spec.config).flatMap((path) => {
    const because = refusal(path);
    return because === undefined ? [] : [{ path, because: `${because}; remove it` }];
  });
  return [...owned, ...faultsOf(spec.config)].map(({ path, because }) =>
    reject('ConfigRefused', `spec.config.${path} cannot be set: ${because}`),
  );
}

/** Changes that would lose data, and that this version of Stateward has no safe way for. */
function checkChanges(spec: CassandraClusterSpec, facts: Facts<CassandraClusterStatus>): Rejection[] {
  const racks = new Set(spec.racks.map(({ name }) => name));
  const lost = (facts.status.members ?? []).filter(({ joined, group }) => joined === true && !racks.has(group));
  if (lost.length > 0) {
    const names = lost.map(({ name }) => name).join(', ');
    return [reject('ChangeRefused', `members ${names} hold data, and a rack cannot be removed yet; put it back`)];
  }
  const least = leastOf(spec, facts);
  if (spec.replicas < least) {
    const message = `the system keyspaces have ${least} replicas, which ${spec.replicas} members cannot hold; set spec.replicas back to ${least} or more`;
    return [reject('ChangeRefused', message)];
  }
  const before = (facts.status.members ?? []).length;
  const published = (facts.status.endpoints ?? []).length > 0;
  if (!published || before >= 3 || spec.replicas <= before) return [];
  return [
    reject(
      'ChangeRefused',
      `a service of ${before} members cannot grow yet: its system keyspaces would need a repair; set spec.replicas back to ${before}`,
    ),
  ];
}

/** Members restart one after another: meanwhile, no client could speak to all of them. */
function checkEncryption({ encryption }: CassandraClusterSpec, facts: Facts<CassandraClusterStatus>): Rejection[] {
  const { clients } = encryption;
  if (clients === 'Optional') return [];
  const opposite = clients === 'None' ? 'Required' : 'None';
  const found = joinedPods(facts, ({ metadata }) => metadata.annotations?.[encryptionAnnotation] === opposite);
  if (found.length === 0) return [];
  const how = opposite === 'None' ? 'in clear' : 'by TLS';
  const message = `spec.encryption.clients cannot become ${clients} while ${listed(found)} can be spoken to ${how} only; set it to Optional, and to ${clients} once all members have restarted and all clients have moved`;
  return [reject('ChangeRefused', message)];
}

/** Names of those that serve clients. */
function joinedPods(facts: Facts<CassandraClusterStatus>, which: (pod: Pod) => boolean): string[] {
  const joined = new Set(joinedMembers(facts));
  const names = facts.pods.filter(which).map(({ metadata }) => metadata.name);
  return names.filter((name) => joined.has(name));
}

/** As with encryption: who has only a password, or only a certificate, would be let in by some of them. */
function checkAuthentication(
  { authentication: { mode } }: CassandraClusterSpec,
  facts: Facts<CassandraClusterStatus>,
): Rejection[] {
  if (mode === 'PasswordOrTls') return [];
  const opposite = mode === 'Password' ? 'MutualTls' : 'Password';
  const found = joinedPods(facts, (pod) => modeOf(pod) === opposite);
  if (found.length === 0) return [];
  const how = opposite === 'Password' ? 'ask for no certificate' : 'let in nobody without a certificate';
  const message = `spec.authentication.mode cannot become ${mode} while ${listed(found)} ${how}; set it to PasswordOrTls, and to ${mode} once all members have restarted and all clients have moved`;
  return [reject('ChangeRefused', message)];
}

function modeOf({ metadata }: Pod): string {
  return metadata.annotations?.[authenticationAnnotation] ?? 'Password';
}
