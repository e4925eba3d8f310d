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
import { advanceAuthority } from './certificates/advance.ts';
import { broughtMark } from './certificates/plan.ts';
import type { ServiceIdentity } from './identity.ts';
import { annotatePod, type Turn } from './io.ts';
import { podsAskedMark } from './members/absent.ts';
import { templateMark } from './members/member-set.ts';
import { isReady, pausedAnnotation } from './members/pod-state.ts';
import type { Disruption, WorkloadAction } from './members/steps.ts';
import { type OperationObject, operationResource } from './operations/operations.ts';
import { resizeRefused } from './resize.ts';
import { isRetired, retiredLabel } from './scale.ts';

const kinds: readonly string[] = [
  'ReplacePod',
  'RestartMember',
  'DestroyMember',
  'RetireMember',
  'ReturnMember',
  'DropRetired',
  'BringCertificates',
  'AdvanceAuthority',
  'RequestReplace',
  'ResizeMember',
  'MarkResized',
  'MarkPaused',
  'RecreateSet',
  'AskForPods',
  'GrowClaim',
  'DropClaim',
] satisfies WorkloadAction['kind'][];

export function isWorkloadAction(action: { kind: string }): action is WorkloadAction {
  return kinds.includes(action.kind);
}

export function isDisruption(action: WorkloadAction): action is Disruption {
  return ['RestartMember', 'DestroyMember', 'RetireMember'].includes(action.kind);
}

export async function actOnWorkload(action: WorkloadAction, service: ServiceIdentity, turn: Turn): Promise<void> {
  const { namespace } = service;
  switch (action.kind) {
    case 'ReplacePod':
      return removeWhile(
        pods,
        { namespace, name: action.pod },
        action.uid,
        (pod) => !isReady(pod),
        turn,
        idleGraceSeconds,
      );
    case 'RestartMember':
      return removeWhile(pods, { namespace, name: action.pod }, action.uid, isReady, turn);
    case 'DestroyMember':
      return destroyMember(action, namespace, turn);
    case 'RetireMember':
      return markRetired(action.claims, 'true', namespace, turn);
    case 'ReturnMember':
      return markRetired(action.claims, null, namespace, turn);
    case 'DropRetired':
      for (const { name, uid } of action.claims)
        await removeWhile(persistentVolumeClaims, { namespace, name }, uid, isRetired, turn);
      return;
    case 'ResizeMember':
      return resizeMember(action, namespace, turn);
    case 'MarkResized':
      return annotatePod(action, action.marks, namespace, turn);
    case 'MarkPaused':
      return annotatePod(action, { [pausedAnnotation]: 'true' }, namespace, turn);
    case 'BringCertificates':
      return annotatePod(action, { [broughtMark]: action.mark }, namespace, turn);
    case 'AdvanceAuthority':
      return advanceAuthority(action, service, turn);
    case 'RequestReplace':
      return requestReplace(action, turn);
    case 'RecreateSet':
      return remove(statefulSets, { namespace, name: action.set }, { uid: action.uid }, 'Orphan', turn);
    case 'AskForPods':
      return touchSet(action, namespace, turn);
    case 'DropClaim':
      return removeWhile(persistentVolumeClaims, { namespace, name: action.claim }, action.uid, isUnbound, turn);
    case 'GrowClaim':
      return growClaim({ namespace, name: action.claim }, action, turn);
    default:
      return action satisfies never;
  }
}

async function touchSet(
  { set, uid, at }: Extract<WorkloadAction, { kind: 'AskForPods' }>,
  namespace: string,
  { api, log, signal }: Turn,
): Promise<void> {
  log.info(`asks Kubernetes once more for the pods of StatefulSet ${set}`, { step: 'act' });
  const patch = { metadata: { uid, annotations: { [podsAskedMark]: at } } };
  await api.patch(statefulSets, { namespace, name: set }, patch, { signal });
}

/** The claims first: they go with the pod, and a pod that comes back meanwhile cannot hold on to them. */
async function destroyMember(
  { pod, uid, claims }: Extract<Disruption, { kind: 'DestroyMember' }>,
  namespace: string,
  turn: Turn,
): Promise<void> {
  for (const claim of claims) {
    await remove(persistentVolumeClaims, { namespace, name: claim.name }, { uid: claim.uid }, 'Background', turn);
  }
  if (uid !== '') await remove(pods, { namespace, name: pod }, { uid }, 'Background', turn);
}

/** `spec.recovery.automatic.minInterval` counts from the last such operation that is still there. */
const weekSeconds = 604_800;

/** What the API server will not have while the pod runs needs a restart. */
async function resizeMember(
  action: Extract<WorkloadAction, { kind: 'ResizeMember' }>,
  namespace: string,
  turn: Turn,
): Promise<void> {
  const { pod, uid, resize } = action;
  const ref = { namespace, name: pod };
  const live = await turn.api.read(pods, ref, { signal: turn.signal });
  if (live === undefined || live.metadata.uid !== uid) return;
  const { resourceVersion } = live.metadata;
  const containers = live.spec?.containers.map((container) =>
    container.name === resize.container ? { ...container, resources: resize.resources } : container,
  );
  const patch = { metadata: { uid, resourceVersion }, spec: { containers } };
  try {
    await turn.api.patch(pods, ref, patch, { subresource: 'resize', signal: turn.signal });
  } catch (error) {
    if (!(error instanceof ApiError) || error.isConflict) throw error;
    if (error.status !== 422 && error.status !== 403) throw error;
    turn.log.warn(`${pod} cannot be resized while it runs: ${error.message}`, { step: 'act' });
    await annotatePod(action, { [resizeRefused]: resize.marks[templateMark] ?? '' }, namespace, turn);
  }
}

async function markRetired(
  claims: readonly { name: string; uid: string }[],
  mark: 'true' | null,
  namespace: string,
  turn: Turn,
): Promise<void> {
  for (const { name, uid } of claims) {
    const patch = { metadata: { uid, labels: { [retiredLabel]: mark } } };
    await turn.api.patch(persistentVolumeClaims, { namespace, name }, patch, { signal: turn.signal });
  }
}

/** As a user would ask for it: so it is seen, can be suspended, and is carried out once. */
async function requestReplace(
  { member, since }: Extract<WorkloadAction, { kind: 'RequestReplace' }>,
  { api, object, signal }: Turn,
): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { namespace = '', name, uid = '' } = metadata;
  const operation: OperationObject = {
    apiVersion,
    kind: operationResource.kind,
    metadata: {
      name: `replace-${member}-${since.toString(36)}`,
      namespace,
      ownerReferences: [{ apiVersion, kind, name, uid }],
    },
    spec: { service: { kind, name }, type: 'Replace', members: [member], ttlSeconds: weekSeconds },
  };
  try {
    await api.create(operationResource, operation, { signal });
  } catch (error) {
    // Made before a crash, and not seen yet.
    if (!(error instanceof ApiError && error.isConflict)) throw error;
  }
}

/** A process that serves nobody has nothing to hand over, and one that failed to start may hang at its end. */
const idleGraceSeconds = 30;

/** What the plan saw may be old by now: it goes only if it is still so, and if nobody writes it in between. */
async function removeWhile<T extends KubeObject>(
  resource: Resource<T>,
  ref: Ref,
  uid: string,
  still: (live: T) => boolean,
  turn: Turn,
  gracePeriodSeconds?: number,
): Promise<void> {
  const live = await turn.api.read(resource, ref, { signal: turn.signal });
  if (live === undefined || live.metadata.uid !== uid || !still(live)) return;
  const { resourceVersion = '' } = live.metadata;
  await remove(resource, ref, { uid, resourceVersion }, 'Background', turn, gracePeriodSeconds);
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
  gracePeriodSeconds?: number,
): Promise<void> {
  const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
  try {
    await turn.api.remove(resource, ref, { preconditions, propagation, signal: turn.signal, ...grace });
  } catch (error) {
    // Another object of that name, or changed since: the next reconcile decides anew.
    if (!(error instanceof ApiError && error.isConflict)) throw error;
  }
}

async function growClaim(ref: Ref, { uid, size }: { uid: string; size: string }, turn: Turn): Promise<void> {
  const patch = { metadata: { uid }, spec: { resources: { requests: { storage: size } } } };
  await turn.api.patch(persistentVolumeClaims, ref, patch, { signal: turn.signal });
}
