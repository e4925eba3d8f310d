/** Pods: who they are, and the ways they get lost. */
import assert from 'node:assert/strict';
import { type Pod, pods } from '../../../operators/kube/resource.ts';
import { isReady } from '../../../operators/workload/members/pod-state.ts';
import { type Place, until } from './place.ts';
import { list, read } from './services.ts';

export const serviceLabel = 'stateward.dev/service';
export const groupLabel = 'stateward.dev/group';

/** In the order of their names. */
export async function podsOf(place: Place, service: string): Promise<Pod[]> {
  const all = await list(place, pods);
  return all
    .filter(({ metadata }) => metadata.labels?.[serviceLabel] === service)
    .toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name));
}

/** Uid by name: the same uids mean the same pods. Restarts of a container count as another pod. */
export async function identities(place: Place, service: string): Promise<Record<string, string>> {
  const found = await podsOf(place, service);
  return Object.fromEntries(
    found.map(({ metadata, status }) => {
      const restarts = status?.containerStatuses?.reduce((sum, { restartCount }) => sum + restartCount, 0) ?? 0;
      return [metadata.name, `${metadata.uid} restarts ${restarts}`];
    }),
  );
}

export async function untilPodReady(place: Place, name: string, notUid?: string): Promise<Pod> {
  return until(place, async () => {
    const pod = await read(place, pods, name);
    assert.notEqual(pod.metadata.uid, notUid, `${name} is still the old pod`);
    assert.ok(isReady(pod), `${name} is not ready`);
    return pod;
  });
}

/** Gracefully, as `kubectl delete pod` does; resolves when the old pod is gone. */
export async function deletePod(place: Place, name: string): Promise<void> {
  await place.tools.kubectl(['delete', 'pod', name, '-n', place.namespace], { timeoutMs: 400_000 });
}

/** All pods of a service lose their power at the same moment. */
export async function killAll(place: Place, service: string): Promise<void> {
  const now = ['--force', '--grace-period=0', '--wait=false'];
  await place.tools.kubectl(['delete', 'pods', '-n', place.namespace, '-l', `${serviceLabel}=${service}`, ...now]);
}

/** The log of a pod that is about to stop, from now to its last line; it resolves when the pod has ended. */
export function lastWords(place: Place, pod: string, container: string): Promise<string> {
  const since = ['--since=1s', '--follow'];
  return place.tools.kubectl(['logs', pod, '-c', container, '-n', place.namespace, ...since], { timeoutMs: 400_000 });
}

export function logOf(place: Place, pod: string, container: string): Promise<string> {
  return place.tools.kubectl(['logs', pod, '-c', container, '-n', place.namespace]);
}

export function exec(place: Place, pod: string, command: string[]): Promise<string> {
  return place.tools.kubectl(['exec', '-n', place.namespace, pod, '--', ...command]);
}

/** Asks as a drain of the node does; false where the disruption budget refuses. */
export async function evict(place: Place, name: string): Promise<boolean> {
  const { namespace } = place;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  try {
    await place.tools.kubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) });
    return true;
  } catch (error) {
    if (error instanceof Error && /disruption budget/.test(error.message)) return false;
    throw error;
  }
}
