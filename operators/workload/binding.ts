/** The Secret that an application is given to reach a service (servicebinding.io, Provisioned Service). */
import { ownerReference } from '../kube/owner.ts';
import type { KubeObject, Secret } from '../kube/resource.ts';
import { ownedMeta, productOf, type ServiceIdentity } from './identity.ts';
import { encoded } from './secrets.ts';

/** `entries` are the well-known keys: host, port, bootstrap-servers, username, password, … in clear text. */
export function bindingSecret(service: ServiceIdentity, name: string, entries: Record<string, string>): Secret {
  return bindingOf(ownedMeta(service, name), productOf(service.kind), entries);
}

export interface EntityBinding {
  name: string;
  product: string;
  /** By which a change of it is known for one of the service. */
  labels: Record<string, string>;
}

/** Of somebody who lives inside a service: it goes with his object. */
export function entityBinding(
  object: KubeObject,
  { name, product, labels }: EntityBinding,
  entries: Record<string, string>,
): Secret {
  const metadata = {
    name,
    namespace: object.metadata.namespace ?? '',
    labels: {
      'app.kubernetes.io/name': product,
      'app.kubernetes.io/part-of': 'stateward',
      'app.kubernetes.io/managed-by': 'stateward',
      ...labels,
    },
    ownerReferences: [ownerReference(object)],
  };
  return bindingOf(metadata, product, entries);
}

function bindingOf(metadata: Secret['metadata'], product: string, entries: Record<string, string>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: `servicebinding.io/${product}`,
    data: encoded({ type: product, provider: 'stateward', ...entries }),
  };
}
