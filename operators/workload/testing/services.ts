/** A service, its facts, groups and members as the pure rooms take them, for tests. */
import type { Placement } from '../../../crds/placement.ts';
import type { ServiceOperationSpecInput, ServiceOperationStatus } from '../../../crds/service-operation.ts';
import type { CertificatePolicy } from '../certificates/policy.ts';
import type { CommonStatus, Facts } from '../facts.ts';
import type { ServiceIdentity, ServiceKind } from '../identity.ts';
import { type MemberGroup, runMounts, runVolumes } from '../members/member-set.ts';
import type { MemberView } from '../members/members.ts';
import type { PodReport } from '../members/pod-state.ts';
import type { OperationObject } from '../operations/operations.ts';
import type { ServiceModel } from '../product.ts';
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
    revision: 'rev-1',
    operations: [],
    status,
    sets: [],
    secrets: [],
    pods: [],
    claims: [],
    priorityClasses: [],
    runtimeClasses: [],
    storageClasses: [storageClassOf('fast', { isDefault: true })],
    nodeLabels: () => ({}),
    nodeAnswers: () => true,
    nodeServes: () => true,
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
  const { replicas = 3 } = parts;
  return {
    service: serviceOf(),
    name: 'demo-kafka',
    group: 'kafka',
    replicas,
    pods: replicas,
    members: replicas,
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
    asked: 'rev-1',
    ...parts,
  };
}

const day = 86_400_000;

export const defaultCertificates: CertificatePolicy = {
  source: { kind: 'Own' },
  authority: { durationMs: 3 * 365 * day, renewBeforeMs: 180 * day },
  members: { durationMs: 90 * day, renewBeforeMs: 30 * day },
};

/** A model of no product: what the shared reconcile asks for. */
export function serviceModel(parts: Partial<ServiceModel> = {}): ServiceModel {
  return {
    service: serviceOf(),
    version: '4.3.1',
    groups: [groupOf()],
    stacks: [],
    deletionPolicy: 'Retain',
    adoptVolumesFrom: undefined,
    updates: { restartOnOperatorUpgrade: false, maxUnavailablePerRack: 1, unreplicated: 'Wait' },
    control: {},
    recovery: {},
    certificates: defaultCertificates,
    ...parts,
  };
}

export interface OperationParts {
  uid?: string;
  created?: string;
  generation?: number;
  spec?: Partial<ServiceOperationSpecInput>;
  status?: ServiceOperationStatus;
}

/** A wish to restart every member of the service, unless told otherwise. */
export function operationOf(name: string, parts: OperationParts = {}): OperationObject {
  const { uid = `uid-${name}`, created = '2026-01-01T00:00:00Z', generation = 1, status } = parts;
  const { kind, namespace, name: service } = serviceOf();
  const spec = { service: { kind, name: service }, type: 'Restart', ...parts.spec };
  const { apiVersion } = serviceOf();
  return {
    apiVersion,
    kind: 'ServiceOperation',
    metadata: { name, namespace, uid, generation, creationTimestamp: created },
    spec,
    ...(status === undefined ? {} : { status }),
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
    outdated: undefined,
    resize: undefined,
    templateSeen: true,
    nodeSilent: false,
    leaving: false,
    retired: false,
    joined: false,
    paused: false,
    node: 'node-a',
    zone: 'a',
    address: '10.0.0.1',
    ...parts,
  };
}
