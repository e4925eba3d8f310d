/** Kubernetes objects as plain JSON, and the resources that Stateward reads and writes. */
import type {
  V1ConfigMap,
  V1LabelSelector,
  V1Lease,
  V1NetworkPolicyPeer,
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V1StorageClass,
} from '@kubernetes/client-node';

/** A generated model as it travels: timestamps are RFC 3339 strings, never `Date`. */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  creationTimestamp?: string;
  deletionTimestamp?: string;
  /** Seconds that it stays after that moment. */
  deletionGracePeriodSeconds?: number;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

type Typed<Model> = KubeObject & Omit<Wire<Model>, 'apiVersion' | 'kind' | 'metadata'>;

export type Pod = Typed<V1Pod>;
export type Node = Typed<V1Node>;
export type Secret = Typed<V1Secret>;
export type Service = Typed<V1Service>;
export type ConfigMap = Typed<V1ConfigMap>;
export type ServiceAccount = Typed<V1ServiceAccount>;
export type StatefulSet = Typed<V1StatefulSet>;
export type StorageClass = Typed<V1StorageClass>;
export type PersistentVolume = Typed<V1PersistentVolume>;
export type PersistentVolumeClaim = Typed<V1PersistentVolumeClaim>;
export type PodDisruptionBudget = Typed<V1PodDisruptionBudget>;
export type Lease = Typed<V1Lease>;

/** A state that something was in; the API server never lets `data` change. */
export interface ControllerRevision extends KubeObject {
  data?: unknown;
  /** The higher, the newer. */
  revision: number;
}

/** The generated model calls `from` by another name. */
export interface NetworkPolicyRule {
  from?: Wire<V1NetworkPolicyPeer>[];
  ports?: { protocol: 'TCP'; port: number }[];
}

export interface NetworkPolicy extends KubeObject {
  spec: { podSelector: Wire<V1LabelSelector>; policyTypes: 'Ingress'[]; ingress: NetworkPolicyRule[] };
}

/** Where one kind lives in the API. `T` is the shape of its objects; it exists for the compiler only. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly shape?: T;
}

/** One object by name; `namespace` is absent for cluster-scoped kinds. */
export interface Ref {
  namespace?: string;
  name: string;
}

function define<T extends KubeObject>(
  group: string,
  version: string,
  kind: string,
  plural: string,
  namespaced = true,
): Resource<T> {
  return { group, version, kind, plural, namespaced };
}

export const pods = define<Pod>('', 'v1', 'Pod', 'pods');
export const nodes = define<Node>('', 'v1', 'Node', 'nodes', false);
export const secrets = define<Secret>('', 'v1', 'Secret', 'secrets');
export const services = define<Service>('', 'v1', 'Service', 'services');
export const configMaps = define<ConfigMap>('', 'v1', 'ConfigMap', 'configmaps');
export const serviceAccounts = define<ServiceAccount>('', 'v1', 'ServiceAccount', 'serviceaccounts');
export const persistentVolumes = define<PersistentVolume>('', 'v1', 'PersistentVolume', 'persistentvolumes', false);
export const persistentVolumeClaims = define<PersistentVolumeClaim>(
  '',
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
);
export const statefulSets = define<StatefulSet>('apps', 'v1', 'StatefulSet', 'statefulsets');
export const controllerRevisions = define<ControllerRevision>(
  'apps',
  'v1',
  'ControllerRevision',
  'controllerrevisions',
);
export const storageClasses = define<StorageClass>('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false);
export const podDisruptionBudgets = define<PodDisruptionBudget>(
  'policy',
  'v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
);
export const networkPolicies = define<NetworkPolicy>('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies');
export const priorityClasses = define<KubeObject>('scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', false);
export const runtimeClasses = define<KubeObject>('node.k8s.io', 'v1', 'RuntimeClass', 'runtimeclasses', false);
export const leases = define<Lease>('coordination.k8s.io', 'v1', 'Lease', 'leases');
export const events = define<KubeObject>('events.k8s.io', 'v1', 'Event', 'events');

export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `plural.group`, as `kubectl` names it: unique within a server. */
export function idOf(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** `ns/name`, or `name` for a cluster-scoped object: the key of caches and queues. */
export function keyOf(ref: Ref): string {
  return ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
}

export function refOfKey(key: string): Ref {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export function refOf(object: KubeObject): Ref {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}
