/**
 * The StatefulSet of one pool or rack. Pods start in parallel and are never replaced by Kubernetes itself: the plan
 * owns the order (`Parallel`, `OnDelete`).
 */
import { createHash } from 'node:crypto';
import type { V1Container, V1EnvVar, V1Volume } from '@kubernetes/client-node';
import type { Gpu, Placement } from '../../../crds/placement.ts';
import { canonicalJson } from '../../kube/json.ts';
import type { PersistentVolumeClaim, StatefulSet, Wire } from '../../kube/resource.ts';
import { dataLabelsOf, keys, labelDomain, labelsOf, ownedMeta, type ServiceIdentity, selectorOf } from '../identity.ts';
import { placeMember } from '../placement/placement.ts';
import type { Scale } from '../scale.ts';

export type Container = Wire<V1Container>;
export type Volume = Wire<V1Volume>;
export type EnvVar = Wire<V1EnvVar>;

export interface ClaimTemplate {
  /** Name of the volume; the claim is `<volume>-<pod>`. */
  name: string;
  size: string;
  storageClassName?: string | undefined;
  annotations?: Record<string, string>;
}

export interface MemberGroup {
  service: ServiceIdentity;
  /** Name of the StatefulSet; members are `<name>-<ordinal>`. */
  name: string;
  /** The pool or rack. */
  group: string;
  /** How many members there are to be. */
  replicas: number;
  /** As of `Scale`. */
  pods: number;
  members: number;
  firstOrdinal: number;
  headless: string;
  claims: ClaimTemplate[];
  initContainers: Container[];
  /** The one container of the service itself; GPUs and security are added here. */
  container: Container;
  volumes: Volume[];
  graceSeconds: number;
  placement: Placement;
  gpu?: Gpu | undefined;
  /** Demands of the rack on the node. */
  nodeLabels: Record<string, string>;
  podLabels: Record<string, string>;
  podAnnotations: Record<string, string>;
  /** What its members have for a while that the spec no longer asks for: without it they restart once more. */
  keeps?: readonly string[] | undefined;
  /** As of `askedOf`: defaults that a newer schema fills in do not count as asked for. */
  asked: string;
}

/** What a product says of a group; the rest follows from what is there. */
export type GroupShape = Omit<MemberGroup, 'asked' | keyof Scale>;

/** On each pod: what its template was, also without the resources of its process, and what the user had asked for then. */
export const templateMark = `${labelDomain}/template`;
export const shapeMark = `${labelDomain}/shape`;
export const askedMark = `${labelDomain}/asked`;

/** The generation of the spec, and what is kept beside it: to keep it no longer is the spec's wish, too. */
export function askedOf(generation: number, keeps: readonly string[] = []): string {
  return [generation, ...keeps].join(kept);
}

const kept = ' with ';

export function generationOf(asked: string): string {
  return asked.split(kept)[0] ?? '';
}

/** Apart from the generation. */
export function keptIn(asked: string): string {
  return asked.slice(generationOf(asked).length);
}

/** The user that every process of ours runs as; images need no such entry in /etc/passwd. */
const userId = 10_001;

/** Those that are wanted, and those that have yet to leave. */
export function memberNames(group: Pick<MemberGroup, 'name' | 'members' | 'firstOrdinal'>): string[] {
  return Array.from({ length: group.members }, (_, index) => `${group.name}-${group.firstOrdinal + index}`);
}

export function memberSet(group: MemberGroup): StatefulSet {
  const selector = memberSelector(group);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: ownedMeta(group.service, group.name, { labels: { [keys.group]: group.group } }),
    spec: {
      serviceName: group.headless,
      replicas: group.pods,
      ordinals: { start: group.firstOrdinal },
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      selector: { matchLabels: selector },
      template: podTemplate(group, selector),
      volumeClaimTemplates: group.claims.map((claim) => claimTemplate(group, claim)),
    },
  };
}

type PodTemplate = NonNullable<StatefulSet['spec']>['template'];

function podTemplate(group: MemberGroup, selector: Record<string, string>): PodTemplate {
  const template = plainTemplate(group, selector);
  const annotations = { ...template.metadata?.annotations, ...templateMarks(group) };
  return { ...template, metadata: { ...template.metadata, annotations } };
}

/** A group does not change once it is made, and one reconcile asks for its marks many times. */
const marked = new WeakMap<MemberGroup, Record<string, string>>();

/** The marks that a pod carries if it is made from the present template. */
export function templateMarks(group: MemberGroup): Record<string, string> {
  const known = marked.get(group) ?? marksOf(group);
  marked.set(group, known);
  return known;
}

function marksOf(group: MemberGroup): Record<string, string> {
  const template = plainTemplate(group, memberSelector(group));
  const shape = {
    ...template,
    spec: { ...template.spec, containers: template.spec?.containers.map(withoutResources) },
  };
  return { [templateMark]: digest(template), [shapeMark]: digest(shape), [askedMark]: group.asked };
}

/** What the process of a member gets, extended resources included. */
export function serviceResources(group: MemberGroup): NonNullable<Container['resources']> {
  const template = plainTemplate(group, memberSelector(group));
  return template.spec?.containers[0]?.resources ?? {};
}

function withoutResources({ resources: _resources, ...container }: Container): Container {
  return container;
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

function memberSelector(group: MemberGroup): Record<string, string> {
  return { ...selectorOf(group.service), [keys.group]: group.group };
}

function plainTemplate(group: MemberGroup, selector: Record<string, string>): PodTemplate {
  const labels = { ...group.podLabels, ...labelsOf(group.service), ...selector };
  const placed = placeMember({
    placement: group.placement,
    gpu: group.gpu,
    apart: selectorOf(group.service),
    spread: selector,
    nodeLabels: group.nodeLabels,
  });
  return {
    metadata: { labels, annotations: group.podAnnotations },
    spec: {
      ...placed.pod,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: group.graceSeconds,
      securityContext: podSecurity,
      initContainers: group.initContainers.map(secured),
      containers: [withResources(secured(group.container), placed.extendedResources)],
      volumes: group.volumes,
    },
  };
}

/** The restricted Pod Security Standard. */
const podSecurity = {
  runAsNonRoot: true,
  runAsUser: userId,
  runAsGroup: userId,
  fsGroup: userId,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

function secured(container: Container): Container {
  return {
    ...container,
    // A crash then says its last words in the member's status.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

function withResources(container: Container, extended: Record<string, string>): Container {
  if (Object.keys(extended).length === 0) return container;
  const { limits, requests } = container.resources ?? {};
  return {
    ...container,
    resources: { limits: { ...limits, ...extended }, requests: { ...requests, ...extended } },
  };
}

/** No owner: the data outlives the service. The uid says whose it is. */
function claimTemplate(group: MemberGroup, claim: ClaimTemplate): PersistentVolumeClaim {
  const labels = { ...dataLabelsOf(group.service), [keys.group]: group.group, [keys.volume]: claim.name };
  const template: PersistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim.name, labels, annotations: claim.annotations ?? {} },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: claim.size } } },
  };
  if (claim.storageClassName !== undefined) {
    template.spec = { ...template.spec, storageClassName: claim.storageClassName };
  }
  return template;
}

/** Scratch space and the downward labels and annotations that every member's start reads. */
export const runVolumes: Volume[] = [
  { name: 'run', emptyDir: {} },
  { name: 'tmp', emptyDir: {} },
  {
    name: 'podinfo',
    downwardAPI: {
      items: [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
        { path: 'annotations', fieldRef: { fieldPath: 'metadata.annotations' } },
      ],
    },
  },
];

export const runMounts = [
  { name: 'run', mountPath: '/run/stateward' },
  { name: 'tmp', mountPath: '/tmp' },
  { name: 'podinfo', mountPath: '/etc/podinfo', readOnly: true },
];

export function envFromField(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
