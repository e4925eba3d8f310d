/**
 * Who reaches which port of the members. What members say to others is left open: a listener may have to ask an identity
 * provider, and no policy can name that by its host.
 */
import type { NetworkPolicySpec } from '../../crds/network-policy.ts';
import type { NetworkPolicy, NetworkPolicyRule } from '../kube/resource.ts';
import { ownedMeta, type ServiceIdentity, selectorOf } from './identity.ts';

type Peer = NonNullable<NetworkPolicyRule['from']>[number];

/** Ports, by who needs them. Probes need none: no policy keeps a node from its own pods. */
export interface Doors {
  members: number[];
  operator: number[];
  clients: number[];
}

export interface Visitors extends NetworkPolicySpec {
  operatorNamespace: string;
}

/** None where it is turned off: then every port is open to everybody. */
export function networkPolicies(
  service: ServiceIdentity,
  name: string,
  doors: Doors,
  { enabled, clients, operatorNamespace }: Visitors,
): NetworkPolicy[] {
  if (!enabled) return [];
  const ingress = [
    ...rules([{ podSelector: { matchLabels: selectorOf(service) } }], doors.members),
    ...rules([operatorIn(operatorNamespace)], doors.operator),
    ...rules(clients ?? [everyPod], doors.clients),
  ];
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: ownedMeta(service, name),
      spec: { podSelector: { matchLabels: selectorOf(service) }, policyTypes: ['Ingress'], ingress },
    },
  ];
}

/** In any namespace, and nobody from outside of the cluster. */
const everyPod: Peer = { namespaceSelector: {} };

/** As the chart labels its pods; its namespace as Kubernetes labels each. */
function operatorIn(namespace: string): Peer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'stateward', 'app.kubernetes.io/component': 'operator' } },
  };
}

/** An empty list of peers would be everybody. */
function rules(from: Peer[], ports: number[]): NetworkPolicyRule[] {
  if (from.length === 0 || ports.length === 0) return [];
  return [{ from, ports: ports.map((port) => ({ protocol: 'TCP', port })) }];
}
