/** The members that should exist, each with what Kubernetes shows of it. */
import type { PersistentVolumeClaim, Pod } from '../kube/resource.ts';
import type { Facts, MemberStatus } from './facts.ts';
import { type MemberGroup, memberNames } from './member-set.ts';
import { type PodReport, reportPod } from './pod-state.ts';

export interface MemberView {
  name: string;
  group: MemberGroup;
  pod: Pod | undefined;
  report: PodReport;
  claims: PersistentVolumeClaim[];
  /** The pod was made from an older template. */
  outdated: boolean;
  /** It has served before. */
  joined: boolean;
  node: string | undefined;
  zone: string | undefined;
  address: string | undefined;
}

export function memberViews(groups: MemberGroup[], facts: Facts): MemberView[] {
  return groups.flatMap((group) => memberNames(group).map((name) => viewMember(name, group, facts)));
}

function viewMember(name: string, group: MemberGroup, facts: Facts): MemberView {
  const pod = facts.pods.find((candidate) => candidate.metadata.name === name);
  const wanted = claimNames(name, group);
  const claims = facts.claims.filter((claim) => wanted.includes(claim.metadata.name));
  const node = pod?.spec?.nodeName;
  const known = facts.status.members?.find((member) => member.name === name);
  return {
    name,
    group,
    pod,
    report: reportPod(pod, claims),
    claims,
    outdated: isOutdated(pod, group, facts),
    joined: known?.joined === true,
    node,
    zone: node === undefined ? undefined : facts.nodeLabels(node)[group.placement.topologyKey],
    address: pod?.status?.podIP,
  };
}

export function claimNames(member: string, group: Pick<MemberGroup, 'claims'>): string[] {
  return group.claims.map((claim) => `${claim.name}-${member}`);
}

/** Compares the pod's revision with the one that the StatefulSet controller computed for the present template. */
function isOutdated(pod: Pod | undefined, group: MemberGroup, facts: Facts): boolean {
  const set = facts.sets.find((candidate) => candidate.metadata.name === group.name);
  const target = set?.status?.updateRevision;
  const current = pod?.metadata.labels?.['controller-revision-hash'];
  if (set?.status?.observedGeneration !== set?.metadata.generation) return false;
  return target !== undefined && current !== undefined && target !== current;
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
    volumes,
  };
}
