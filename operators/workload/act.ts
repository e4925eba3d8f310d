/** Runs the actions that every stateful service shares. Each is fenced by uid, so that it can only hit what was seen. */
import { ApiError } from '../kube/api.ts';
import { persistentVolumeClaims, pods, type Ref, type Resource, statefulSets } from '../kube/resource.ts';
import type { Turn } from './io.ts';
import type { WorkloadAction } from './steps.ts';

const kinds: readonly string[] = [
  'ReplacePod',
  'RecreateSet',
  'GrowClaim',
  'DropClaim',
] satisfies WorkloadAction['kind'][];

export function isWorkloadAction(action: { kind: string }): action is WorkloadAction {
  return kinds.includes(action.kind);
}

export async function actOnWorkload(action: WorkloadAction, namespace: string, turn: Turn): Promise<void> {
  switch (action.kind) {
    case 'ReplacePod':
      return remove(pods, { namespace, name: action.pod }, action.uid, 'Background', turn);
    case 'RecreateSet':
      return remove(statefulSets, { namespace, name: action.set }, action.uid, 'Orphan', turn);
    case 'DropClaim':
      return remove(persistentVolumeClaims, { namespace, name: action.claim }, action.uid, 'Background', turn);
    case 'GrowClaim':
      return growClaim({ namespace, name: action.claim }, action.size, turn);
    default:
      return action satisfies never;
  }
}

async function remove(
  resource: Resource,
  ref: Ref,
  uid: string,
  propagation: 'Background' | 'Orphan',
  turn: Turn,
): Promise<void> {
  try {
    await turn.api.remove(resource, ref, { preconditions: { uid }, propagation, signal: turn.signal });
  } catch (error) {
    // Another object of that name: what was to go is gone.
    if (!(error instanceof ApiError && error.isConflict)) throw error;
  }
}

async function growClaim(ref: Ref, size: string, turn: Turn): Promise<void> {
  const patch = { spec: { resources: { requests: { storage: size } } } };
  await turn.api.patch(persistentVolumeClaims, ref, patch, { signal: turn.signal });
}
