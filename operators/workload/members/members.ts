/** The members that should exist, each with what Kubernetes shows of it. */
import type { PersistentVolumeClaim, Pod } from '../../kube/resource.ts';
import type { Facts, MemberStatus } from '../facts.ts';
import { pausedMembers } from '../operations/pause.ts';
import { type Resize, resizeOf } from '../resize.ts';
import { isRetired, leavingMembers } from '../scale.ts';
import { askedMark, type MemberGroup, memberNames, templateMark, templateMarks } from './member-set.ts';
import { type PodReport, reportPod } from './pod-state.ts';

export type Outdated = 'Spec' | 'Operator';

export interface MemberView {
  name: string;
  group: MemberGroup;
  pod: Pod | undefined;
  report: PodReport;
  claims: PersistentVolumeClaim[];
  /** The pod was made from another template: because the spec asks for something else, or only the operator does. */
  outdated: Outdated | undefined;
  /** All that it lacks are other resources, which it can get while it runs. */
  resize: Resize | undefined;
  /** The StatefulSet controller has seen the present template: a pod that is deleted now comes back with it. */
  templateSeen: boolean;
  /** It has served before. */
  joined: boolean;
  /** It hands over what it has, and goes. */
  leaving: boolean;
  /** It has left: nothing starts on the volumes that it had. */
  retired: boolean;
  /** Somebody wants it kept down. */
  paused: boolean;
  node: string | undefined;
  /** Nothing that is said of its pod is news. */
  nodeSilent: boolean;
  zone: string | undefined;
  address: string | undefined;
}

export function memberViews(groups: MemberGroup[], facts: Facts): MemberView[] {
  const paused = pausedMembers(facts);
  return groups.flatMap((group) => {
    const marks = templateMarks(group);
    const leaving = leavingMembers(group, facts);
    return memberNames(group).map((name) => viewMember(name, group, { marks, paused, leaving }, facts));
  });
}

interface Wanted {
  /** That a pod of the present template carries. */
  marks: Record<string, string>;
  /** Names of members. */
  paused: string[];
  leaving: string[];
}

function viewMember(name: string, group: MemberGroup, { marks, paused, leaving }: Wanted, facts: Facts): MemberView {
  const pod = facts.pods.find((candidate) => candidate.metadata.name === name);
  const wanted = claimNames(name, group);
  const claims = facts.claims.filter((claim) => wanted.includes(claim.metadata.name));
  const node = pod?.spec?.nodeName;
  const known = facts.status.members?.find((member) => member.name === name);
  const outdated = outdatedBy(pod, marks);
  return {
    name,
    group,
    pod,
    report: reportPod(pod, claims),
    claims,
    outdated,
    resize: outdated === 'Spec' ? resizeOf(pod, group, marks) : undefined,
    templateSeen: isTemplateSeen(group, facts),
    joined: known?.joined === true,
    leaving: leaving.includes(name),
    retired: claims.length > 0 ? claims.every(isRetired) : !hasPlace(name, group),
    paused: paused.includes(name),
    node,
    nodeSilent: node !== undefined && !facts.nodeAnswers(node),
    zone: node === undefined ? undefined : facts.nodeLabels(node)[group.placement.topologyKey],
    address: pod?.status?.podIP,
  };
}

export function claimNames(member: string, group: Pick<MemberGroup, 'claims'>): string[] {
  return group.claims.map((claim) => `${claim.name}-${member}`);
}

/** By the marks that the template put on the pod: the revision would also change with what no process reads. */
function outdatedBy(pod: Pod | undefined, marks: Record<string, string>): Outdated | undefined {
  const carried = pod?.metadata.annotations ?? {};
  if (pod === undefined || carried[templateMark] === marks[templateMark]) return undefined;
  const known = carried[askedMark] !== undefined && carried[askedMark] !== marks[askedMark];
  return known ? 'Spec' : 'Operator';
}

/** One that leaves has lost its place before its volumes may go. */
function hasPlace(name: string, group: MemberGroup): boolean {
  return memberNames({ ...group, members: group.pods }).includes(name);
}

function isTemplateSeen(group: MemberGroup, facts: Facts): boolean {
  const set = facts.sets.find((candidate) => candidate.metadata.name === group.name);
  return set !== undefined && set.status?.observedGeneration === set.metadata.generation;
}

/** The common part of a member's status. */
export function memberStatus(view: MemberView): MemberStatus {
  const volumes = view.group.claims.map(({ name }) => {
    const claim = view.claims.find((candidate) => candidate.metadata.name === `${name}-${view.name}`);
    const size = claim?.status?.capacity?.['storage'];
    return { name, claim: `${name}-${view.name}`, ...(size === undefined ? {} : { size }) };
  });
  const version = view.pod?.metadata.labels?.['app.kubernetes.io/version'];
  return {
    name: view.name,
    group: view.group.group,
    ready: view.report.state === 'Ready',
    state: view.report.state,
    ...(view.report.message === '' ? {} : { message: view.report.message }),
    ...(view.node === undefined ? {} : { node: view.node }),
    ...(view.zone === undefined ? {} : { zone: view.zone }),
    ...(view.address === undefined ? {} : { address: view.address }),
    ...(version === undefined ? {} : { version }),
    ...(view.joined ? { joined: true } : {}),
    ...(view.leaving ? { leaving: true } : {}),
    volumes,
  };
}
