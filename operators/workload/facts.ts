/** Everything that the API server says of one service at this moment: read from the cache, never from memory. */
import type { z } from 'zod';
import type { memberShape, statusShape } from '../../crds/status.ts';
import type { Cache } from '../kube/cache.ts';
import {
  type KubeObject,
  nodes,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  priorityClasses,
  runtimeClasses,
  type StatefulSet,
  type StorageClass,
  statefulSets,
  storageClasses,
} from '../kube/resource.ts';
import { keys, type ServiceIdentity, type ServiceKind } from './identity.ts';

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
  /** What status says now. */
  status: Status;
  sets: StatefulSet[];
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
}

/** The cache index of everything that carries a service's labels. */
export const serviceIndex = 'service';

export function serviceIndexKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** Index function for `serviceIndex`. */
export function serviceIndexOf(object: KubeObject): string[] {
  const { labels = {}, namespace = '' } = object.metadata;
  const kind = labels[keys.kind];
  const name = labels[keys.service];
  return kind === undefined || name === undefined ? [] : [serviceIndexKey(kind, namespace, name)];
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
    status: object.status ?? emptyStatus,
    sets: cache.by(statefulSets, serviceIndex, key),
    pods: cache.by(pods, serviceIndex, key),
    claims: cache.by(persistentVolumeClaims, serviceIndex, key),
    storageClasses: cache.list(storageClasses),
    priorityClasses: cache.list(priorityClasses).map((found) => found.metadata.name),
    runtimeClasses: cache.list(runtimeClasses).map((found) => found.metadata.name),
    nodeLabels: (node) => cache.get(nodes, { name: node })?.metadata.labels ?? {},
  };
}
