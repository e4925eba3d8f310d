/** Pure: in which order the members of a Cassandra service are taken down, and when the service can bear it. */
import type { CassandraClusterStatus } from '../../crds/cassandra-cluster.ts';
import type { Facts } from '../workload/facts.ts';
import type { RestartService } from '../workload/restart.ts';
import type { CassandraModel } from './index.ts';
import { type CassandraMember, type CassandraSnapshot, isNormal } from './observe.ts';
import { type CassandraAction, joinProgress } from './plan.ts';
import { type RingMember, restartRisk, settledMessage } from './restart-risk.ts';

export function cassandraRestarts(
  model: CassandraModel,
  snapshot: CassandraSnapshot,
  facts: Facts<CassandraClusterStatus>,
  now: number,
): RestartService<CassandraMember, CassandraAction> {
  const ring = snapshot.members.map(ringMember);
  const risk = ({ name }: CassandraMember): string | undefined =>
    restartRisk({
      down: new Set([name]),
      members: ring,
      keyspaces: snapshot.keyspaces,
      datacenter: model.spec.datacenter,
      unreplicated: model.updates.unreplicated,
      racks: model.racks.length,
    });
  return {
    ordered: inOrder(model, snapshot),
    atRisk: atRisk(model, snapshot),
    risk,
    lossRisk: (member) => risk(member) ?? behind(member, ring) ?? onlyCopies(model, snapshot),
    starting: (member) => joinProgress(member, { model, snapshot, facts, now }),
    settled: (member) => {
      if (!isNormal(member)) return { kind: 'InProgress', message: `is ${member.word?.operationMode ?? 'silent'}` };
      const missing = settledMessage(ringMember(member), ring);
      return missing === undefined ? { kind: 'Complete' } : { kind: 'InProgress', message: missing };
    },
  };
}

/** What others have missed is in the hints that are kept for them, or on this member alone. */
function behind({ name }: CassandraMember, ring: RingMember[]): string | undefined {
  const others = ring.filter((member) => member.name !== name);
  return others.map((other) => settledMessage(other, ring)).find((message) => message !== undefined);
}

/** Whatever the user accepts: what nobody else has would be gone. */
function onlyCopies({ spec }: CassandraModel, { keyspaces = [] }: CassandraSnapshot): string | undefined {
  const single = keyspaces.filter(({ replication }) => [...replication.values()].every((factor) => factor < 2));
  if (single.length === 0) return undefined;
  const names = single
    .map(({ name }) => name)
    .slice(0, 5)
    .join(', ');
  return `keyspaces with one known replica would lose data: ${names}; raise their replication in ${spec.datacenter} and repair, or drop them`;
}

function ringMember(member: CassandraMember): RingMember {
  return {
    name: member.name,
    rack: member.group.group,
    address: member.address,
    ready: member.report.state === 'Ready',
    word: member.word,
  };
}

/** Rack by rack, in the order of the spec. */
function inOrder(model: CassandraModel, { members }: CassandraSnapshot): CassandraMember[] {
  return model.racks.flatMap(({ spec }) => members.filter(({ group }) => group.group === spec.name));
}

/** Only once clients use it: while it is set up nothing is lost by an eviction. */
function atRisk({ published }: CassandraModel, { members }: CassandraSnapshot): string | undefined {
  const away = members.filter((member) => member.joined && !isNormal(member)).map(({ name }) => name);
  if (!published || away.length === 0) return undefined;
  return `not serving, or not seen by all its peers: ${away.join(', ')}`;
}
