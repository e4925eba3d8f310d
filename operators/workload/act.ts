/** Runs the actions that every stateful service shares. Each is fenced, so that it can only hit what was seen. */
import { ApiError } from '../kube/api.ts';
import {
  type KubeObject,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  pods,
  type Ref,
  type Resource,
  statefulSets,
} from '../kube/resource.ts';
import type { Turn } from './io.ts';
import { isReady } from './pod-state.ts';
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
      return removeWhile(pods, { namespace, name: action.pod }, action.uid, (pod) => !isReady(pod), turn);
    case 'RecreateSet':
      return remove(statefulSets, { namespace, name: action.set }, { uid: action.uid }, 'Orphan', turn);
    case 'DropClaim':
      return removeWhile(persistentVolumeClaims, { namespace, name: action.claim }, action.uid, isUnbound, turn);
    case 'GrowClaim':
      return growClaim({ namespace, name: action.claim }, action, turn);
    default:
      return action satisfies never;
  }
}

/** What the plan saw may be old by now: it goes only if it is still so, and if nobody writes it in between. */
async function removeWhile<T extends KubeObject>(
  resource: Resource<T>,
  ref: Ref,
  uid: string,
  still: (live: T) => boolean,
  turn: Turn,
): Promise<void> {
  const live = await turn.api.read(resource, ref, { signal: turn.signal });
  if (live === undefined || live.metadata.uid !== uid || !still(live)) return;
  const { resourceVersion = '' } = live.metadata;
  await remove(resource, ref, { uid, resourceVersion }, 'Background', turn);
}

function isUnbound(claim: PersistentVolumeClaim): boolean {
  return claim.status?.phase !== 'Bound';
}

async function remove(
  resource: Resource,
  ref: Ref,
  preconditions: { uid: string; resourceVersion?: string },
  propagation: 'Background' | 'Orphan',
  turn: Turn,
): Promise<void> {
  try {
    await turn.api.remove(resource, ref, { preconditions, propagation, signal: turn.signal });
  } catch (error) {
    // Another object of that name, or changed since: the next reconcile decides anew.
    if (!(error instanceof ApiError && error.isConflict)) throw error;
  }
}

async function growClaim(ref: Ref, { uid, size }: { uid: string; size: string }, turn: Turn): Promise<void> {
  const patch = { metadata: { uid }, spec: { resources: { requests: { storage: size } } } };
  await turn.api.patch(persistentVolumeClaims, ref, patch, { signal: turn.signal });
}
