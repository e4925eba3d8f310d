/** The Services of a stateful service: one that names each member, one that clients are given. */
import type { Service } from '../kube/resource.ts';
import { ownedMeta, type ServiceIdentity, selectorOf } from './identity.ts';

export interface NamedPort {
  name: string;
  port: number;
}

/**
 * A DNS name for each member, also before it is ready: members find each other through it while none is. The ports
 * document the members and make SRV records; a headless Service does not forward.
 */
export function headlessService(service: ServiceIdentity, name: string, ports: NamedPort[]): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMeta(service, name),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectorOf(service),
      ports: ports.map(servicePort),
    },
  };
}

/** One stable address over all ready members that `extraSelector` picks. */
export function clientService(
  service: ServiceIdentity,
  name: string,
  ports: NamedPort[],
  extraSelector: Record<string, string> = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMeta(service, name),
    spec: {
      type: 'ClusterIP',
      selector: { ...selectorOf(service), ...extraSelector },
      ports: ports.map(servicePort),
    },
  };
}

/** On every pod of a StatefulSet, by Kubernetes. */
const podNameLabel = 'statefulset.kubernetes.io/pod-name';

/**
 * An address of one member that outlives its pods, named as they are. A client keeps what a name has led it to, a JVM
 * for 30 s: a member that was back before that would be waited for at the address of the pod that is gone. Also before
 * it is ready: the member itself knows whom it serves.
 */
export function memberService(service: ServiceIdentity, pod: string, ports: NamedPort[]): Service {
  const ready = clientService(service, pod, ports, { [podNameLabel]: pod });
  return { ...ready, spec: { ...ready.spec, publishNotReadyAddresses: true } };
}

function servicePort({ name, port }: NamedPort): { name: string; port: number; targetPort: number; protocol: string } {
  return { name, port, targetPort: port, protocol: 'TCP' };
}
