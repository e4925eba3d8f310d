/** The Secret that an application is given to reach a service (servicebinding.io, Provisioned Service). */
import type { Secret } from '../kube/resource.ts';
import { ownedMeta, productOf, type ServiceIdentity } from './identity.ts';

/** `entries` are the well-known keys: host, port, bootstrap-servers, username, password, … in clear text. */
export function bindingSecret(service: ServiceIdentity, name: string, entries: Record<string, string>): Secret {
  const product = productOf(service.kind);
  const plain: Record<string, string> = { type: product, provider: 'stateward', ...entries };
  const data = Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: ownedMeta(service, name),
    type: `servicebinding.io/${product}`,
    data,
  };
}
