/** A namespace for each test. */
import { randomBytes } from 'node:crypto';
import type { KubeApi } from '../../operators/kube/api.ts';
import { serviceAccounts } from '../../operators/kube/resource.ts';
import { eventually } from './eventually.ts';
import { namespaces } from './resources.ts';

/** Every member of every test is thereby seen to run under the strictest of the Pod Security Standards. */
const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };

export async function createNamespace(api: KubeApi, signal: AbortSignal, prefix = 'test'): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await api.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }, { signal });
  // Without it no pod is admitted, and controllers that tried too early wait long before they try again.
  await eventually(
    async () => {
      const account = await api.read(serviceAccounts, { namespace: name, name: 'default' }, { signal });
      if (account === undefined) throw new Error(`namespace ${name} has no service account yet`);
    },
    { signal },
  );
  return name;
}

/** Tells the server to remove it with everything in it, and does not wait. */
export async function removeNamespace(api: KubeApi, name: string, signal: AbortSignal): Promise<void> {
  const found = await api.read(namespaces, { name }, { signal });
  const uid = found?.metadata.uid;
  if (uid === undefined) return;
  await api.remove(namespaces, { name }, { signal, preconditions: { uid }, propagation: 'Background' });
}
