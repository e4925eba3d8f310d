/** Pure: what is to be done about a Cassandra service, from what is wanted and what is there. */
import type { CassandraClusterStatus } from '../../crds/cassandra-cluster.ts';
import type { PhaseDraft, PlanDraft, Progress, StepDraft } from '../plan/plan.ts';
import type { Facts } from '../workload/facts.ts';
import { podProgress, volumeSteps, type WorkloadAction } from '../workload/members/steps.ts';
import { isBeingReplaced } from '../workload/operations/replace.ts';
import type { Authentication, Roles } from './admin/admin.ts';
import type { CassandraModel } from './index.ts';
import { type CassandraMember, type CassandraSnapshot, isNormal } from './observe.ts';
import { replicationOf } from './replication.ts';
import { memberOrder } from './spec.ts';
import type { StartMode } from './start.ts';
import { type SuperuserAction, superuserPlans } from './superuser/change.ts';

export type CassandraAction =
  /** Let a member without data start. */
  | { kind: 'Grant'; pod: string; uid: string; mode: StartMode }
  /** Write a member's host id on its volume, where it outlives pod, status and service. */
  | { kind: 'RecordIdentity'; claim: string; hostId: string }
  /** Have a member stream what it has to the others and leave the ring. */
  | { kind: 'Leave'; pod: string; uid: string; hostId: string }
  | SuperuserAction
  | { kind: 'CreateSuperuser' }
  | { kind: 'LockDefaultRole' }
  | { kind: 'ReplicateSystem'; keyspaces: string[] };

type AnyAction = CassandraAction | WorkloadAction;
type AnyProgress = Progress<AnyAction>;

export function planCassandra(
  model: CassandraModel,
  snapshot: CassandraSnapshot,
  facts: Facts<CassandraClusterStatus>,
  now: number,
): PlanDraft<AnyAction>[] {
  const [first, ...others] = inOrder(model, snapshot);
  const scene: Scene = { model, snapshot, facts, now };
  const start = (member: CassandraMember): StepDraft<AnyAction> => startStep(member, scene);
  const deploy: PlanDraft<AnyAction> = {
    name: 'deploy',
    revision: facts.revision,
    strategy: 'Serial',
    phases: [
      ...volumePhase(model, facts),
      { name: 'first-member', strategy: 'Serial', steps: first === undefined ? [] : [start(first)] },
      { name: 'authentication', strategy: 'Serial', steps: authenticationSteps(model, snapshot) },
      { name: 'members', strategy: 'Serial', steps: others.map(start) },
      { name: 'service', strategy: 'Serial', steps: [replicationStep(model, snapshot), publishStep(model)] },
    ],
  };
  const recovery = recoveryPlan(scene);
  const lasting = superuserPlans(snapshot.superuser, model);
  return [deploy, ...(recovery === undefined ? [] : [recovery]), ...lasting];
}

/** Around the racks: the order of joining. */
function inOrder(model: CassandraModel, snapshot: CassandraSnapshot): CassandraMember[] {
  return memberOrder(model.service, model.racks).flatMap(({ pod }) =>
    snapshot.members.filter(({ name }) => name === pod),
  );
}

function volumePhase(model: CassandraModel, facts: Facts): PhaseDraft<AnyAction>[] {
  const steps = volumeSteps(model.groups, facts);
  return steps.length === 0 ? [] : [{ name: 'volumes', strategy: 'Parallel', steps }];
}

/** Everything that a step is judged by. */
export interface Scene {
  model: CassandraModel;
  snapshot: CassandraSnapshot;
  facts: Facts<CassandraClusterStatus>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A member that has served before is set up; if it fails later, that is recovery's business. */
function startStep(member: CassandraMember, scene: Scene): StepDraft<AnyAction> {
  const progress =
    member.joined && !hasNewIdentity(member) ? ({ kind: 'Complete' } as const) : joinProgress(member, scene);
  const reason = scene.model.published ? 'ScaleOut' : 'FirstSetup';
  return { name: `${member.name}:[start]`, reason, progress, member: member.name };
}

/** It has been built anew, and its volume does not say so yet. */
function hasNewIdentity(member: CassandraMember): boolean {
  return isNormal(member) && member.word?.hostId !== undefined && member.recordedHostId !== member.word.hostId;
}

/** How far a member is on its way into the ring. */
export function joinProgress(member: CassandraMember, scene: Scene): AnyProgress {
  if (isNormal(member)) return identityProgress(member);
  if (member.atGate && member.granted === undefined) {
    return outdatedAtGate(member, scene.now) ?? gateProgress(member, scene);
  }
  return podProgress(member, scene.now) ?? { kind: 'InProgress', message: startingMessage(member) };
}

function identityProgress(member: CassandraMember): AnyProgress {
  const hostId = member.word?.hostId;
  const claim = member.claims[0]?.metadata.name;
  if (hostId === undefined || claim === undefined)
    return { kind: 'InProgress', message: 'its host id is not known yet' };
  if (member.recordedHostId === hostId) return { kind: 'Complete' };
  const action: AnyAction = { kind: 'RecordIdentity', claim, hostId };
  return { kind: 'Due', action, message: `records host id ${hostId} on its volume` };
}

/** How long a member with data may be seen in its gate: it looks for its marker and goes on. */
const passingMs = 5_000;

/** A member that waits is replaced by one of the present template before it is let in. */
function outdatedAtGate(member: CassandraMember, now: number): AnyProgress | undefined {
  const progress = podProgress(member, now);
  return progress?.kind === 'Due' ? progress : undefined;
}

/** Whether a member without data may start, and how. Unknown means no. */
function gateProgress(member: CassandraMember, { model, snapshot, facts, now }: Scene): AnyProgress {
  const grant = (mode: StartMode, message: string): AnyProgress => {
    const uid = member.pod?.metadata.uid ?? '';
    return { kind: 'Due', action: { kind: 'Grant', pod: member.name, uid, mode }, message };
  };
  if (member.recordedHostId !== undefined || member.joined) {
    if (isBeingReplaced(member, facts)) return replaceProgress(member, snapshot, facts, grant);
    // With its data there it only passes through.
    if (now - member.atGateSince < passingMs) return { kind: 'InProgress', message: 'passes the gate' };
    return { kind: 'Error', message: lostData(member) };
  }
  const isFirst = inOrder(model, snapshot)[0] === member;
  const known = snapshot.members.filter((other) => other.joined || other.recordedHostId !== undefined);
  // Also before the first: the order of the racks may have changed since another one was granted to found the ring.
  const joining = snapshot.members.find(
    (other) => other !== member && other.granted !== undefined && !(isNormal(other) && known.includes(other)),
  );
  if (joining !== undefined) return { kind: 'Waiting', message: `waits until ${joining.name} has joined` };
  if (known.length === 0 && !model.founded) {
    if (isFirst) return grant('First', 'founds the ring');
    return { kind: 'Waiting', message: 'waits for the first member' };
  }
  // It would be its own seed and found a second, empty ring.
  if (known.length === 0)
    return { kind: 'Error', message: 'the volumes that hold the data belong to no member of these racks' };
  const absent = known.filter((other) => !isNormal(other)).map((other) => other.name);
  if (absent.length > 0) return { kind: 'Waiting', message: `waits until ${absent.join(', ')} are up and NORMAL` };
  return model.published ? grant('Join', 'joins the ring') : grant('Found', 'joins the new ring');
}

/** In the place of the host that had its data before, by the address under which its peers know that host. */
function replaceProgress(
  member: CassandraMember,
  { members }: CassandraSnapshot,
  facts: Facts<CassandraClusterStatus>,
  grant: (mode: StartMode, message: string) => AnyProgress,
): AnyProgress {
  const hostId = facts.status.members?.find(({ name }) => name === member.name)?.hostId;
  const peers = members.flatMap(({ word }) => word?.peers ?? []).filter((peer) => peer.hostId === hostId);
  // Whoever started meanwhile may remember the host where it was before: gossip ignores that, the replacement would fail.
  const [peer] = peers.toSorted((one, other) => other.generation - one.generation);
  if (hostId === undefined || peer === undefined) {
    const message = `no peer knows the host ${hostId ?? '(not recorded)'} that it is to take the place of`;
    return { kind: 'Error', message };
  }
  if (peers.some(({ alive }) => alive))
    return { kind: 'InProgress', message: `waits until its peers see ${hostId} down` };
  return grant(`Replace:${peer.address}`, `takes the place of host ${hostId} at ${peer.address}`);
}

function lostData(member: CassandraMember): string {
  return `its volume is empty, although ${member.recordedHostId === undefined ? 'the member' : `host ${member.recordedHostId}`} had its data there; it must be replaced, and nothing is started in its place`;
}

function startingMessage({ word }: CassandraMember): string {
  if (word === undefined) return 'the process starts';
  if (word.operationMode === 'NORMAL') return 'is NORMAL and waits until its peers see it';
  return `is ${word.operationMode}`;
}

function authenticationSteps(model: CassandraModel, { authentication }: CassandraSnapshot): StepDraft<AnyAction>[] {
  const step = (name: string, progress: AnyProgress): StepDraft<AnyAction> => ({
    name,
    reason: 'FirstSetup',
    progress,
  });
  return [
    step('superuser:[create]', superuserProgress(model, authentication)),
    step('cassandra-role:[lock]', ours(model, authentication, lockProgress)),
    // Before others join: what they replicate then streams to them as they do, and needs no repair.
    step(
      'system-keyspaces:[replicate]',
      ours(model, authentication, (roles) => replicateProgress(model, roles)),
    ),
  ];
}

function superuserProgress(model: CassandraModel, authentication: Authentication): AnyProgress {
  if (authentication.kind !== 'Default') return ours(model, authentication, () => ({ kind: 'Complete' }));
  return { kind: 'Due', action: { kind: 'CreateSuperuser' }, message: 'creates the superuser' };
}

/**
 * `NotEnoughReplicas` is what a login meets after the last of these steps: system_auth is replicated to members that
 * have yet to join. It cannot be met before.
 */
function ours(
  model: CassandraModel,
  authentication: Authentication,
  progress: (roles: Roles) => AnyProgress,
): AnyProgress {
  if (model.published) return { kind: 'Complete' };
  switch (authentication.kind) {
    case 'Ours':
      return progress(authentication.roles);
    case 'NotEnoughReplicas':
      return { kind: 'Complete' };
    case 'Default':
      return { kind: 'Waiting', message: 'waits for the superuser' };
    case 'Unknown':
      return { kind: 'Waiting', message: authentication.message };
    default:
      return authentication satisfies never;
  }
}

function lockProgress({ defaultLocked }: Roles): AnyProgress {
  if (defaultLocked) return { kind: 'Complete' };
  return { kind: 'Due', action: { kind: 'LockDefaultRole' }, message: 'takes login and rights from role cassandra' };
}

function replicateProgress(model: CassandraModel, { unreplicated }: Roles): AnyProgress {
  if (unreplicated.length === 0) return { kind: 'Complete' };
  const message = `replicates ${unreplicated.join(', ')} to ${replicationOf(model)} members`;
  return { kind: 'Due', action: { kind: 'ReplicateSystem', keyspaces: unreplicated }, message };
}

/** Seen with our own login now that all are there, not only concluded. */
function replicationStep(model: CassandraModel, { authentication }: CassandraSnapshot): StepDraft<AnyAction> {
  const progress: AnyProgress =
    !model.published && authentication.kind === 'NotEnoughReplicas'
      ? { kind: 'InProgress', message: 'a majority of the replicas of system_auth does not answer yet' }
      : ours(model, authentication, (roles) => replicateProgress(model, roles));
  return { name: 'system-keyspaces:[verify]', reason: 'FirstSetup', progress };
}

function publishStep(model: CassandraModel): StepDraft<AnyAction> {
  const progress: AnyProgress = model.published
    ? { kind: 'Complete' }
    : { kind: 'Waiting', message: 'the endpoints are given out next' };
  return { name: 'endpoints:[publish]', reason: 'FirstSetup', progress };
}

/** Everything of the first setup is done but the publication itself. */
export function readyToPublish(model: CassandraModel, { members, authentication }: CassandraSnapshot): boolean {
  if (model.published) return true;
  const settled = members.every((member) => isNormal(member) && (member.joined || member.recordedHostId !== undefined));
  if (authentication.kind !== 'Ours' || !settled) return false;
  const { defaultLocked, unreplicated } = authentication.roles;
  return defaultLocked && unreplicated.length === 0;
}

function recoveryPlan(scene: Scene): PlanDraft<AnyAction> | undefined {
  const stay = scene.snapshot.members.filter(({ leaving }) => !leaving);
  const failed = stay.filter((member) => member.joined && !isNormal(member));
  if (failed.length === 0) return undefined;
  const steps = failed.map((member): StepDraft<AnyAction> => {
    const progress = joinProgress(member, scene);
    return { name: `${member.name}:[recover]`, reason: 'MemberFailed', progress, member: member.name };
  });
  return {
    name: 'recovery',
    revision: 'recovery',
    strategy: 'Parallel',
    phases: [{ name: 'members', strategy: 'Parallel', steps }],
  };
}
