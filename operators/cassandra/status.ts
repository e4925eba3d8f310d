/** Pure: what only a CassandraCluster's status shows. */
import type { CassandraClusterStatus, CassandraMemberStatus } from '../../crds/cassandra-cluster.ts';
import { certificateNames } from '../workload/certificates/secrets.ts';
import type { Facts } from '../workload/facts.ts';
import { memberDns, selectorOf, serviceDns } from '../workload/identity.ts';
import { memberStatus } from '../workload/members/members.ts';
import type { CassandraModel } from './index.ts';
import { names, ports } from './names.ts';
import { type CassandraMember, type CassandraSnapshot, isNormal } from './observe.ts';
import { readyToPublish } from './plan.ts';
import type { CassandraSettings } from './spec.ts';

export function reportCassandra(
  model: CassandraModel,
  snapshot: CassandraSnapshot,
  facts: Facts<CassandraClusterStatus>,
  settings: CassandraSettings,
): Partial<CassandraClusterStatus> {
  const selector = Object.entries(selectorOf(model.service)).map(([key, value]) => `${key}=${value}`);
  const report: Partial<CassandraClusterStatus> = {
    members: snapshot.members.map((member) => reportMember(member, facts)),
    replicas: snapshot.members.filter((member) => member.pod !== undefined).length,
    selector: selector.join(','),
  };
  if (!readyToPublish(model, snapshot)) return report;
  return { ...report, endpoints: endpoints(model, settings), binding: { name: names.binding(model.service) } };
}

function reportMember(member: CassandraMember, facts: Facts<CassandraClusterStatus>): CassandraMemberStatus {
  const status: CassandraMemberStatus = { ...memberStatus(member), ready: isNormal(member), state: stateOf(member) };
  const hostId = hostIdOf(member, facts);
  if (hostId !== undefined) status.hostId = hostId;
  // Not before its volume says whose data it holds.
  const recorded = member.word?.hostId !== undefined && member.word.hostId === member.recordedHostId;
  if (member.joined || (isNormal(member) && recorded)) status.joined = true;
  return status;
}

/** One that is built anew has another id from its start: until it is NORMAL, its peers know it by the one before. */
function hostIdOf(member: CassandraMember, { status }: Facts<CassandraClusterStatus>): string | undefined {
  const known = status.members?.find(({ name }) => name === member.name)?.hostId;
  if (member.joined && !isNormal(member) && known !== undefined) return known;
  return member.word?.hostId ?? member.recordedHostId;
}

/** Cassandra's own word where it speaks, in CamelCase; that of Kubernetes elsewhere. */
function stateOf(member: CassandraMember): string {
  if (member.atGate) return 'WaitsForTurn';
  const mode = member.word?.operationMode;
  if (mode === undefined) return member.report.state;
  return mode
    .split('_')
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join('');
}

function endpoints(
  model: CassandraModel,
  settings: CassandraSettings,
): NonNullable<CassandraClusterStatus['endpoints']> {
  const { service } = model;
  const dns = model.groups.flatMap((group) =>
    Array.from({ length: group.replicas }, (_, ordinal) => {
      const host = memberDns(`${group.name}-${ordinal}`, names.members(service), service, settings.clusterDomain);
      return `${host}:${ports.native}`;
    }),
  );
  const vip = `${serviceDns(names.client(service), service, settings.clusterDomain)}:${ports.native}`;
  const tls = model.spec.encryption.clients !== 'None';
  const ca = tls ? { ca: certificateNames.trust(service) } : {};
  return [{ name: 'cql', dns, vip, port: ports.native, tls, ...ca, authentication: model.spec.authentication.mode }];
}
