/** A Cassandra service as the pure rooms take it, for tests. */
import assert from 'node:assert/strict';
import type {
  CassandraClusterSpecInput,
  CassandraClusterStatus,
  CassandraMemberStatus,
} from '../../../crds/cassandra-cluster.ts';
import { issuer } from '../../tls/issue.ts';
import { Identities } from '../../workload/certificates/access.ts';
import type { Facts } from '../../workload/facts.ts';
import type { Rejection } from '../../workload/rejection.ts';
import { factsOf, serviceOf, viewOf } from '../../workload/testing/services.ts';
import type { CassandraAdmin, MemberWord, Peer } from '../admin/admin.ts';
import { type CassandraModel, cassandraProduct } from '../index.ts';
import type { CassandraMember, CassandraSnapshot } from '../observe.ts';
import { type CassandraSettings, memberOrder } from '../spec.ts';

export const settings: CassandraSettings = {
  clusterDomain: 'cluster.local',
  operatorNamespace: 'stateward-system',
  cassandraImage: 'example.com/cassandra',
  agentsImage: 'example.com/agents:1',
};

const nobody = (): Promise<never> => Promise.reject(new Error('nobody is asked'));

/** Answers nothing but what a test says. */
export function adminOf(answers: Partial<CassandraAdmin> = {}): CassandraAdmin {
  const silent = { certificate: nobody, ask: nobody, inspect: nobody, keyspaces: nobody, createSuperuser: nobody };
  const silentOnEntities = { changeKeyspaces: nobody, roles: nobody, changeRoles: nobody, letsIn: nobody };
  return { ...silent, ...silentOnEntities, lockDefault: nobody, replicate: nobody, ...answers };
}

type CassandraFacts = Facts<CassandraClusterStatus>;

export const service = serviceOf('CassandraCluster');

export function cassandraFacts(
  status: CassandraClusterStatus = {},
  parts: Partial<Omit<CassandraFacts, 'status'>> = {},
): CassandraFacts {
  return factsOf(status, { service, ...parts });
}

export function modelOf(spec: CassandraClusterSpecInput = {}, facts = cassandraFacts()): CassandraModel {
  const parsed = cassandraProduct(settings, () => adminOf(), new Identities(issuer)).parse(spec, facts);
  if (!parsed.ok) assert.fail(parsed.rejections.map(({ message }) => message).join('; '));
  return parsed.model;
}

export function rejectionsOf(spec: unknown, facts = cassandraFacts()): Rejection[] {
  const parsed = cassandraProduct(settings, () => adminOf(), new Identities(issuer)).parse(spec, facts);
  return parsed.ok ? [] : parsed.rejections;
}

export function joinedStatus(...names: string[]): CassandraMemberStatus[] {
  return names.map((name) => ({ name, group: 'r1', ready: true, state: 'Normal', joined: true }));
}

export const published: NonNullable<CassandraClusterStatus['endpoints']> = [{ name: 'cql', dns: [], port: 9042 }];

export function wordOf(operationMode: string, hostId?: string): MemberWord {
  const nobody = { live: [], unreachable: [], joining: [], leaving: [], moving: [], peers: [], hints: [] };
  const disk = { totalBytes: 100e9, usableBytes: 50e9 };
  return {
    operationMode,
    hostId,
    generation: 1,
    schema: 'schema-1',
    ...nobody,
    load: 1e9,
    disk,
    leave: undefined,
    maintenance: { kind: 'Idle' },
  };
}

/** In the order of joining; ready, NORMAL and recorded unless told otherwise. */
export function membersOf(
  model: CassandraModel,
  parts: Record<string, Partial<CassandraMember>> = {},
): CassandraMember[] {
  return memberOrder(model.service, model.racks).map(({ pod, rack }): CassandraMember => {
    const group = model.groups.find((candidate) => candidate.group === rack);
    assert.ok(group !== undefined);
    const normal = { word: wordOf('NORMAL', `host-${pod}`), recordedHostId: `host-${pod}` };
    return { ...viewOf(pod, { group }), atGate: false, atGateSince: 0, granted: undefined, ...normal, ...parts[pod] };
  });
}

/** All is set up, and nobody needs to know the keyspaces, unless told otherwise. */
export function snapshotOf(parts: Partial<CassandraSnapshot> = {}): CassandraSnapshot {
  const roles = { defaultLocked: true, unreplicated: [] };
  return { members: [], authentication: { kind: 'Ours', roles }, superuser: undefined, keyspaces: undefined, ...parts };
}

/** A host as another member sees it: alive and NORMAL unless told otherwise. */
export function peerOf(hostId: string, parts: Partial<Peer> = {}): Peer {
  return {
    hostId,
    address: `10.0.1.${hostId.at(-1)}`,
    status: 'NORMAL',
    generation: 1,
    alive: true,
    member: true,
    ...parts,
  };
}

/** Everybody sees everybody alive, in the process that runs. */
export function seeingEachOther(members: CassandraMember[]): CassandraMember[] {
  const all = members.map((member, index) => ({ ...member, address: `10.0.1.${index}`, joined: true }));
  return all.map((member) => {
    const others = all.filter(({ name }) => name !== member.name);
    const peers = others.map(({ name, address }) => peerOf(`host-${name}`, { address }));
    return { ...member, word: { ...wordOf('NORMAL', `host-${member.name}`), peers } };
  });
}
