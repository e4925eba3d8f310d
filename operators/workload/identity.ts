/** Who a service is, and the names and labels that everything of it carries. */
import type { KubeObject, OwnerReference } from '../kube/resource.ts';

export type ServiceKind = 'KafkaCluster' | 'CassandraCluster';

export interface ServiceIdentity {
  apiVersion: string;
  kind: ServiceKind;
  namespace: string;
  name: string;
  uid: string;
}

export const labelDomain = 'stateward.dev';

/** The labels and annotations that Stateward reads back. */
export const keys = {
  kind: `${labelDomain}/kind`,
  service: `${labelDomain}/service`,
  serviceUid: `${labelDomain}/service-uid`,
  group: `${labelDomain}/group`,
  volume: `${labelDomain}/volume`,
} as const;

const productNames: Record<ServiceKind, string> = { KafkaCluster: 'kafka', CassandraCluster: 'cassandra' };

export function productOf(kind: ServiceKind): string {
  return productNames[kind];
}

/** What selects the members of one service, and nothing else: immutable, so neither version nor uid is in it. */
export function selectorOf(service: ServiceIdentity): Record<string, string> {
  return { [keys.kind]: service.kind, [keys.service]: service.name };
}

export function labelsOf(service: ServiceIdentity): Record<string, string> {
  return {
    'app.kubernetes.io/name': productOf(service.kind),
    'app.kubernetes.io/instance': service.name,
    'app.kubernetes.io/part-of': 'stateward',
    'app.kubernetes.io/managed-by': 'stateward',
    ...selectorOf(service),
    [keys.serviceUid]: service.uid,
  };
}

/**
 * For what outlives the service: without the name by which GitOps tools track an instance, or one of them might take a
 * volume for a left-over of its own and remove it.
 */
export function dataLabelsOf(service: ServiceIdentity): Record<string, string> {
  const { 'app.kubernetes.io/instance': _instance, ...labels } = labelsOf(service);
  return labels;
}

export function ownerOf(service: ServiceIdentity): OwnerReference {
  const { apiVersion, kind, name, uid } = service;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Metadata of an object that the service owns and that goes with it. */
export function ownedMeta(
  service: ServiceIdentity,
  name: string,
  extra: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): KubeObject['metadata'] {
  const meta: KubeObject['metadata'] = {
    name,
    namespace: service.namespace,
    labels: { ...labelsOf(service), ...extra.labels },
    ownerReferences: [ownerOf(service)],
  };
  return extra.annotations === undefined ? meta : { ...meta, annotations: extra.annotations };
}

/** The DNS name of one member below its headless Service. */
export function memberDns(pod: string, headless: string, service: ServiceIdentity, clusterDomain: string): string {
  return `${pod}.${headless}.${service.namespace}.svc.${clusterDomain}`;
}

/** Every form of a name inside the namespace that a resolver in a pod completes. */
export function serviceNames(name: string, { namespace }: ServiceIdentity, clusterDomain: string): string[] {
  return [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.${clusterDomain}`];
}

export function serviceDns(name: string, service: ServiceIdentity, clusterDomain: string): string {
  return `${name}.${service.namespace}.svc.${clusterDomain}`;
}
