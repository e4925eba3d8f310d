/** Finds a node for each pod and a volume for each of its claims. */

import { isDeepStrictEqual } from 'node:util';
import {
  type Node,
  nodes,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  refOf,
  type StorageClass,
  storageClasses,
} from '../../../operators/kube/resource.ts';
import { bytesOf } from '../../../operators/workload/bytes.ts';
import type { ApiServer } from './api-server.ts';
import { claimsOf, withMeta } from './garbage-collector.ts';
import type { Kubelet } from './kubelet.ts';

const actor = 'scheduler';

/** Larger volumes fit on no node. */
export const largestVolume = '1Ti';

/** On a claim whose volume is made on the node of its first pod. */
const selectedNode = 'volume.kubernetes.io/selected-node';

const zoneKey = 'topology.kubernetes.io/zone';

/** Of the node that a member's volumes are on. */
export function zoneOf(server: ApiServer, member: string): string | undefined {
  const claim = server.list(persistentVolumeClaims).find(({ metadata }) => metadata.name.endsWith(`-${member}`));
  const node = server.get(nodes, { name: claim?.metadata.annotations?.[selectedNode] ?? '' });
  return node?.metadata.labels?.[zoneKey];
}

export interface SchedulerOptions {
  /** Kubernetes 1.35 tells pods their zone by a label (KEP-4742). */
  zoneLabels: boolean;
}

export function schedule(server: ApiServer, kubelet: Kubelet, options: SchedulerOptions, now: string): void {
  for (const claim of server.list(persistentVolumeClaims)) fillClass(server, claim);
  for (const pod of server.list(pods)) {
    if (pod.spec?.nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const claims = claimsOf(pod).map((name) => server.get(persistentVolumeClaims, { ...refOf(pod), name }));
    const problem = claims.map((claim) => refusal(server, claim)).find((text) => text !== undefined);
    const node = problem === undefined ? findNode(server, kubelet, pod, claims) : undefined;
    if (node === undefined) reportUnschedulable(server, pod, problem ?? misfit(kubelet, claims), now);
    else bind(server, kubelet, pod, node, claims, options);
  }
  for (const claim of server.list(persistentVolumeClaims)) grow(server, claim);
}

/** Why no node takes a pod; a volume is where it was made. */
function misfit(kubelet: Kubelet, claims: Claims): string {
  const pinned = claims.some((claim) => kubelet.nodeOf(claim?.metadata.uid) !== undefined);
  return pinned ? 'node(s) had volume node affinity conflict' : 'no node matches';
}

function refusal(server: ApiServer, claim: PersistentVolumeClaim | undefined): string | undefined {
  if (claim === undefined) return 'persistentvolumeclaim not found';
  if (claim.metadata.deletionTimestamp !== undefined)
    return `persistentvolumeclaim ${claim.metadata.name} is being deleted`;
  if (claim.status?.phase === 'Bound') return undefined;
  if (claim.status?.phase === 'Lost') return 'persistentvolumeclaim bound to non-existent persistentvolume';
  if (classOf(server, claim) === undefined) return `storageclass ${claim.spec?.storageClassName} not found`;
  const size = bytesOf(claim.spec?.resources?.requests?.['storage'] ?? '0');
  return size > bytesOf(largestVolume) ? 'node(s) did not have enough free storage' : undefined;
}

function classOf(server: ApiServer, claim: PersistentVolumeClaim): StorageClass | undefined {
  const name = claim.spec?.storageClassName;
  if (name !== undefined) return server.get(storageClasses, { name });
  const isDefault = 'storageclass.kubernetes.io/is-default-class';
  return server.list(storageClasses).find(({ metadata }) => metadata.annotations?.[isDefault] === 'true');
}

/** The default class, now or as soon as there is one. */
function fillClass(server: ApiServer, claim: PersistentVolumeClaim): void {
  const name = classOf(server, claim)?.metadata.name;
  if (claim.spec?.storageClassName !== undefined || name === undefined) return;
  const filled = { ...claim.spec, storageClassName: name };
  server.modify(actor, persistentVolumeClaims, refOf(claim), (live) => ({ ...live, spec: filled }));
}

type Claims = (PersistentVolumeClaim | undefined)[];

/** The node of the volumes if they have one, else the first that matches and has no other member. */
function findNode(server: ApiServer, kubelet: Kubelet, pod: Pod, claims: Claims): Node | undefined {
  const pinned = claims.map((claim) => kubelet.nodeOf(claim?.metadata.uid)).find((name) => name !== undefined);
  const apart = pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0];
  const labels = Object.entries(apart?.labelSelector?.matchLabels ?? {});
  const taken = server
    .list(pods, pod.metadata.namespace)
    .filter(({ metadata }) => labels.length > 0 && labels.every(([key, value]) => metadata.labels?.[key] === value))
    .map(({ spec }) => spec?.nodeName);
  return server.list(nodes).find((node) => {
    const { name } = node.metadata;
    if (node.spec?.unschedulable === true || taken.includes(name)) return false;
    return (pinned === undefined || pinned === name) && matches(pod, node);
  });
}

function matches(pod: Pod, node: Node): boolean {
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const { labels = {} } = node.metadata;
  const terms = required?.nodeSelectorTerms ?? [{}];
  const selected = Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  return (
    selected &&
    terms.some((term) =>
      (term.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
        const value = labels[key];
        if (operator === 'Exists') return value !== undefined;
        if (operator === 'DoesNotExist') return value === undefined;
        const listed = value !== undefined && values.includes(value);
        return operator === 'In' ? listed : !listed;
      }),
    )
  );
}

function bind(
  server: ApiServer,
  kubelet: Kubelet,
  pod: Pod,
  node: Node,
  claims: Claims,
  { zoneLabels }: SchedulerOptions,
): void {
  for (const claim of claims) {
    if (claim === undefined) continue;
    kubelet.pin(claim.metadata.uid, node.metadata.name);
    bindClaim(server, claim, node.metadata.name);
  }
  const zone = node.metadata.labels?.[zoneKey];
  const labels = zoneLabels && zone !== undefined ? { ...pod.metadata.labels, [zoneKey]: zone } : pod.metadata.labels;
  server.modify(actor, pods, refOf(pod), (live) => ({
    ...withMeta(live, { labels: labels ?? {} }),
    spec: { containers: [], ...live.spec, nodeName: node.metadata.name },
  }));
}

function bindClaim(server: ApiServer, claim: PersistentVolumeClaim, node: string): void {
  if (claim.status?.phase === 'Bound') return;
  const storage = claim.spec?.resources?.requests?.['storage'] ?? '0';
  server.modify(actor, persistentVolumeClaims, refOf(claim), (live) => ({
    ...withMeta(live, { annotations: { ...live.metadata.annotations, [selectedNode]: node } }),
    spec: { ...live.spec, volumeName: `pv-${live.metadata.uid}` },
    status: { phase: 'Bound', capacity: { storage } },
  }));
}

/** The storage driver: online growth takes one step. */
function grow(server: ApiServer, claim: PersistentVolumeClaim): void {
  const storage = claim.spec?.resources?.requests?.['storage'];
  if (claim.status?.phase !== 'Bound' || storage === undefined || claim.status.capacity?.['storage'] === storage)
    return;
  const status = { phase: 'Bound', capacity: { storage } };
  server.modify(actor, persistentVolumeClaims, refOf(claim), (live) => ({ ...live, status }));
}

function reportUnschedulable(server: ApiServer, pod: Pod, message: string, now: string): void {
  const known = pod.status?.conditions?.[0];
  if (known?.message === message) return;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: now,
  };
  const status: Pod['status'] = { phase: 'Pending', conditions: [condition] };
  if (isDeepStrictEqual(pod.status, status)) return;
  server.modify(actor, pods, refOf(pod), (live) => ({ ...live, status }));
}
