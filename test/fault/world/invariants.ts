/** What must never be seen, whatever fails and whenever; checked at every single write. */
import { hostIdAnnotation, startAnnotation } from '../../../operators/cassandra/names.ts';
import { clusterIdAnnotation } from '../../../operators/kafka/ids.ts';
import { isRecord } from '../../../operators/kube/json.ts';
import { type KubeObject, type Pod, pods, services } from '../../../operators/kube/resource.ts';
import { keys } from '../../../operators/workload/identity.ts';
import { isReady } from '../../../operators/workload/pod-state.ts';
import { specOf } from './admission.ts';
import type { ApiServer, Write } from './api-server.ts';
import type { Cassandra } from './cassandra.ts';

/** Actors whose writes are judged: every operator process. */
export const operatorPrefix = 'operator';

export function watchInvariants(server: ApiServer, cassandra: Cassandra, violate: (what: string) => void): void {
  server.observers.push((write) => {
    if (!write.actor.startsWith(operatorPrefix)) return;
    for (const what of [...judgeRemoval(server, write), ...judgeGrant(server, cassandra, write)]) violate(what);
    for (const what of [...judgePublication(cassandra, write), ...judgeIdentity(write)]) violate(what);
  });
}

function judgeRemoval(server: ApiServer, { verb, before, after }: Write): string[] {
  const goes = before !== undefined && (after === undefined || after.metadata.deletionTimestamp !== undefined);
  if (verb !== 'remove' || !goes) return [];
  const { kind, metadata } = before;
  if (kind === 'Pod') return isReady(before as Pod) ? [`deleted the ready pod ${metadata.name}`] : [];
  if (kind !== 'PersistentVolumeClaim') return [];
  return isBound(before) && !mayGo(server, before) ? [`deleted the volume ${metadata.name}`] : [];
}

function isBound(claim: KubeObject): boolean {
  return 'status' in claim && isRecord(claim.status) && claim.status['phase'] === 'Bound';
}

/** Only with the service whose uid it carries, and only where that says so. */
function mayGo(server: ApiServer, claim: KubeObject): boolean {
  const owner = server.everything().find(({ metadata }) => metadata.uid === claim.metadata.labels?.[keys.serviceUid]);
  if (owner?.metadata.deletionTimestamp === undefined) return false;
  return specOf(owner)['deletionPolicy'] === 'Delete';
}

function judgeGrant(server: ApiServer, cassandra: Cassandra, { resource, after }: Write): string[] {
  const grant = after?.metadata.annotations?.[startAnnotation];
  if (resource.kind !== 'Pod' || after === undefined || grant === undefined) return [];
  const service = after.metadata.labels?.[keys.service];
  const open = server
    .list(pods, after.metadata.namespace)
    .filter(({ metadata }) => metadata.labels?.[keys.service] === service)
    .filter(({ metadata }) => metadata.annotations?.[startAnnotation] !== undefined)
    .filter(({ metadata }) => !cassandra.hasJoined(metadata.uid ?? ''))
    .map(({ metadata }) => metadata.name);
  return open.length > 1 ? [`let two members join at once: ${open.join(', ')}`] : [];
}

/** Clients are told of a Cassandra only when its roles are ours. */
function judgePublication(cassandra: Cassandra, { resource, before, after }: Write): string[] {
  const product = after?.metadata.labels?.['app.kubernetes.io/name'];
  if (resource !== services || before !== undefined || after === undefined || product !== 'cassandra') return [];
  if (specOf(after)['clusterIP'] === 'None') return [];
  return cassandra.isSecure() ? [] : [`published ${after.metadata.name} before its superuser`];
}

/** Whose data a volume holds is written once. */
function judgeIdentity({ resource, before, after }: Write): string[] {
  if (resource.kind !== 'PersistentVolumeClaim' || before === undefined || after === undefined) return [];
  return [hostIdAnnotation, clusterIdAnnotation].flatMap((key) => {
    const old = before.metadata.annotations?.[key];
    const now = after.metadata.annotations?.[key];
    return old === undefined || old === now ? [] : [`changed ${key} of ${after.metadata.name} from ${old} to ${now}`];
  });
}
