/** Pure: in which order the members of a Cassandra service are taken down, and when the service can bear it. */
import type { CassandraClusterStatus } from '../../crds/cassandra-cluster.ts';
import type { Progress } from '../plan/plan.ts';
import type { Facts } from '../workload/facts.ts';
import type { WorkloadAction } from '../workload/members/steps.ts';
import type { RestartService } from '../workload/restart.ts';
import type { CassandraModel } from './index.ts';
import { hasLeft, leaveRisk } from './leave.ts';
import { type CassandraMember, type CassandraSnapshot, isNormal } from './observe.ts';
import { type CassandraAction, joinProgress, type Scene } from './plan.ts';
import { type Objection, objectionsOf, type RingMember, restartRisk, settledMessage } from './restart-risk.ts';

export function cassandraRestarts(
  model: CassandraModel,
  snapshot: CassandraSnapshot,
  facts: Facts<CassandraClusterStatus>,
  now: number,
): RestartService<CassandraMember, CassandraAction> {
  const ring = snapshot.members.map(ringMember);
  // Where nobody is to restart nobody asks.
  let objections: Objection[] | undefined;
  const risk = (member: CassandraMember, beside: readonly CassandraMember[] = []): string | undefined => {
    objections ??= objectionsOf(ring);
    return restartRisk({
      down: new Set([member, ...beside].map(({ name }) => name)),
      members: ring,
      objections,
      keyspaces: snapshot.keyspaces,
      datacenter: model.spec.datacenter,
      unreplicated: model.updates.unreplicated,
      racks: model.racks.length,
    });
  };
  return {
    ordered: inOrder(model, snapshot).filter(({ leaving }) => !leaving),
    leaving: inOrder(model, snapshot).filter(({ leaving }) => leaving),
    rackOf: ({ group }) => group.group,
    drainHolds: true,
    atRisk: atRisk(model, snapshot),
    risk,
    lossRisk: (member) => risk(member) ?? behind(member, ring) ?? onlyCopies(model, snapshot),
    starting: (member) => joinProgress(member, { model, snapshot, facts, now }),
    drained: (member) => drained(member, ring, { model, snapshot, facts, now }),
    released: () => ({ kind: 'Complete' }),
    forgotten: () => ({ kind: 'Complete' }),
    settled: (member) => {
      if (!isNormal(member)) return { kind: 'InProgress', message: `is ${member.word?.operationMode ?? 'silent'}` };
      const missing = settledMessage(ringMember(member), ring);
      return missing === undefined ? { kind: 'Complete' } : { kind: 'InProgress', message: missing };
    },
  };
}

/** Cassandra's own decommission: it streams to the others what it has, and there is no way back. */
function drained(
  member: CassandraMember,
  ring: RingMember[],
  scene: Scene,
): Progress<CassandraAction | WorkloadAction> {
  if (member.retired) return { kind: 'Complete' };
  const hostId = member.recordedHostId ?? member.word?.hostId;
  if (hostId === undefined) return { kind: 'Waiting', message: 'its host id is not known' };
  const { model, snapshot } = scene;
  const peers = snapshot.members.filter(({ name }) => name !== member.name).map(({ word }) => word);
  const standing = hasLeft({ hostId, own: member.word, peers });
  switch (standing) {
    case 'Left':
      return { kind: 'Complete' };
    case 'Leaving':
      return { kind: 'InProgress', message: 'streams what it has to the others' };
    case 'Unknown':
      return { kind: 'Waiting', message: `too few of its peers say whether host ${hostId} is still there` };
    case 'Member': {
      const { spec } = model;
      const { keyspaces } = snapshot;
      const wish = {
        leaving: member.name,
        members: ring,
        keyspaces,
        datacenter: spec.datacenter,
      };
      return leaving(member, hostId, leaveRisk(wish), scene);
    }
    default:
      return standing satisfies never;
  }
}

function leaving(
  member: CassandraMember,
  hostId: string,
  risk: string | undefined,
  scene: Scene,
): Progress<CassandraAction | WorkloadAction> {
  const { word, name } = member;
  if (word?.leave !== undefined) {
    const { kind, message } = word.leave;
    return { kind: 'InProgress', message: kind === 'Failed' ? `failed and is tried again: ${message}` : message };
  }
  if (!isNormal(member)) return notUp(joinProgress(member, scene));
  if (risk !== undefined) return { kind: 'Waiting', message: risk };
  const action: CassandraAction = { kind: 'Leave', pod: name, uid: member.pod?.metadata.uid ?? '', hostId };
  return { kind: 'Due', action, message: 'is told to leave the ring' };
}

/** Only a member that is up can stream what it has. */
function notUp(progress: Progress<CassandraAction | WorkloadAction>): Progress<CassandraAction | WorkloadAction> {
  if (progress.kind === 'Due') return progress;
  const why = progress.kind === 'Complete' ? 'is not seen NORMAL' : progress.message;
  return { kind: 'Waiting', message: `must be up to hand over what it has: ${why}; bring it back, or replace it` };
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
  const stay = members.filter(({ joined, leaving }) => joined && !leaving);
  const away = stay.filter((member) => !isNormal(member)).map(({ name }) => name);
  if (!published || away.length === 0) return undefined;
  return `not serving, or not seen by all its peers: ${away.join(', ')}`;
}
