/** Everything that the API server says of one service at this moment: read from the cache, never from memory. */
import type { z } from 'zod';
import type { memberShape, statusShape } from '../../crds/status.ts';
import type { Cache } from '../kube/cache.ts';
import { isRecord } from '../kube/json.ts';
import {
  type KubeObject,
  type Node,
  nodes,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  priorityClasses,
  runtimeClasses,
  type Secret,
  type StatefulSet,
  type StorageClass,
  secrets,
  statefulSets,
  storageClasses,
} from '../kube/resource.ts';
import { keys, type ServiceIdentity, type ServiceKind } from './identity.ts';
import { type OperationObject, operationResource } from './operations/operations.ts';
import { specRevision } from './revisions.ts';

/** The part of a member's status that every product writes. */
export type MemberStatus = z.output<z.ZodObject<ReturnType<typeof memberShape>>>;

/** The part of a status that every product writes. */
export type CommonStatus = z.output<z.ZodObject<ReturnType<typeof statusShape>>> & { members?: MemberStatus[] };

export interface ServiceObject<Status extends CommonStatus = CommonStatus> extends KubeObject {
  spec?: unknown;
  status?: Status;
}

export interface Facts<Status extends CommonStatus = CommonStatus> {
  service: ServiceIdentity;
  generation: number;
  /** Names the spec as it is: what plans lead to. */
  revision: string;
  /** Operations on this service, finished ones included. */
  operations: OperationObject[];
  /** What status says now. */
  status: Status;
  sets: StatefulSet[];
  /** All that carry the service's labels. */
  secrets: Secret[];
  pods: Pod[];
  /** All claims that carry the service's name, whoever's uid they carry. */
  claims: PersistentVolumeClaim[];
  storageClasses: StorageClass[];
  /** Names. */
  priorityClasses: string[];
  /** Names. */
  runtimeClasses: string[];
  /** The node's labels by node name. */
  nodeLabels: (node: string) => Record<string, string>;
  /** Whether its kubelet has been heard of lately; Kubernetes takes most of a minute to doubt it. */
  nodeAnswers: (node: string) => boolean;
  /** Whether the node is there, and not declared to be out of service for good. */
  nodeServes: (node: string) => boolean;
}

/** The cache index of everything that carries a service's labels. */
export const serviceIndex = 'service';

export function serviceIndexKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** The service that an operation is about, as an index of it. */
export function operationIndexOf({ metadata, spec }: OperationObject): string[] {
  const service = isRecord(spec) ? spec['service'] : undefined;
  if (!isRecord(service)) return [];
  return [serviceIndexKey(String(service['kind']), metadata.namespace ?? '', String(service['name']))];
}

/** Index function for `serviceIndex`. */
export function serviceIndexOf(object: KubeObject): string[] {
  const { labels = {}, namespace = '' } = object.metadata;
  const kind = labels[keys.kind];
  const name = labels[keys.service];
  return kind === undefined || name === undefined ? [] : [serviceIndexKey(kind, namespace, name)];
}

/** A person's word that a node will not come back (KEP-2268): Kubernetes detaches its volumes then. */
const outOfService = 'node.kubernetes.io/out-of-service';

function answers(node: Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'Unknown') !== true;
}

function serves(node: Node | undefined): boolean {
  return node !== undefined && !node.spec?.taints?.some(({ key }) => key === outOfService);
}

export function identityOf(object: ServiceObject, kind: ServiceKind): ServiceIdentity {
  const { namespace = '', name, uid = '' } = object.metadata;
  return { apiVersion: object.apiVersion, kind, namespace, name, uid };
}

export function gatherFacts<Status extends CommonStatus>(
  cache: Cache,
  object: ServiceObject<Status>,
  service: ServiceIdentity,
  emptyStatus: Status,
): Facts<Status> {
  const key = serviceIndexKey(service.kind, service.namespace, service.name);
  return {
    service,
    generation: object.metadata.generation ?? 0,
    revision: specRevision(object.spec ?? {}),
    operations: cache.by(operationResource, serviceIndex, key),
    status: object.status ?? emptyStatus,
    sets: cache.by(statefulSets, serviceIndex, key),
    secrets: cache.by(secrets, serviceIndex, key),
    pods: cache.by(pods, serviceIndex, key),
    claims: cache.by(persistentVolumeClaims, serviceIndex, key),
    storageClasses: cache.list(storageClasses),
    priorityClasses: cache.list(priorityClasses).map((found) => found.metadata.name),
    runtimeClasses: cache.list(runtimeClasses).map((found) => found.metadata.name),
    nodeLabels: (node) => cache.get(nodes, { name: node })?.metadata.labels ?? {},
    nodeAnswers: (node) => answers(cache.get(nodes, { name: node })),
    nodeServes: (node) => serves(cache.get(nodes, { name: node })),
  };
}
