/** A service, its facts, groups and members as the pure rooms take them, for tests. */
import type { Placement } from '../../../crds/placement.ts';
import type { CommonStatus, Facts } from '../facts.ts';
import type { ServiceIdentity, ServiceKind } from '../identity.ts';
import { type MemberGroup, runMounts, runVolumes } from '../member-set.ts';
import type { MemberView } from '../members.ts';
import type { PodReport } from '../pod-state.ts';
import { claimOf, podOf, readyPod, storageClassOf } from './objects.ts';

export function serviceOf(kind: ServiceKind = 'KafkaCluster', uid = 'uid-1'): ServiceIdentity {
  return { apiVersion: 'stateward.dev/v1alpha1', kind, namespace: 'ns', name: 'demo', uid };
}

/** A fresh service in a cluster with one expandable default StorageClass. */
export function factsOf<Status extends CommonStatus>(
  status: Status,
  parts: Partial<Omit<Facts<Status>, 'status'>> = {},
): Facts<Status> {
  return {
    service: serviceOf(),
    generation: 3,
    status,
    sets: [],
    pods: [],
    claims: [],
    priorityClasses: [],
    runtimeClasses: [],
    storageClasses: [storageClassOf('fast', { isDefault: true })],
    nodeLabels: () => ({}),
    ...parts,
  };
}

export const defaultPlacement: Placement = {
  topologyKey: 'topology.kubernetes.io/zone',
  zoneSpread: 'Preferred',
  membersPerNode: 'One',
  gpuNodes: 'Avoid',
};

export function groupOf(parts: Partial<MemberGroup> = {}): MemberGroup {
  return {
    service: serviceOf(),
    name: 'demo-kafka',
    group: 'kafka',
    replicas: 3,
    firstOrdinal: 0,
    headless: 'demo-kafka-members',
    claims: [{ name: 'data', size: '20Gi' }],
    initContainers: [{ name: 'prepare', image: 'image' }],
    container: { name: 'kafka', image: 'image', volumeMounts: runMounts },
    volumes: runVolumes,
    graceSeconds: 30,
    placement: defaultPlacement,
    nodeLabels: {},
    podLabels: {},
    podAnnotations: {},
    ...parts,
  };
}

export const ready: PodReport = { state: 'Ready', message: '' };
export const starting: PodReport = { state: 'Starting', message: 'the process runs and is not ready yet' };

/** A member of `group` that runs; give a report for another state. */
export function viewOf(name: string, parts: Partial<MemberView> = {}): MemberView {
  const { group = groupOf(), report = ready } = parts;
  return {
    name,
    group,
    pod: report.state === 'Ready' ? readyPod(name) : podOf(name, { node: 'node-a' }),
    report,
    claims: [claimOf(`data-${name}`, group.service, { group: group.group })],
    outdated: false,
    joined: false,
    node: 'node-a',
    zone: 'a',
    address: '10.0.0.1',
    ...parts,
  };
}
