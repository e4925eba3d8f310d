/** What must never be seen, whatever fails and whenever; checked at every single write. */
import { hostIdAnnotation, startAnnotation } from '../../../operators/cassandra/names.ts';
import { clusterIdAnnotation } from '../../../operators/kafka/ids.ts';
import { controllerOf } from '../../../operators/kube/owner.ts';
import {
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  services,
  statefulSets,
} from '../../../operators/kube/resource.ts';
import { keys } from '../../../operators/workload/identity.ts';
import { templateMark } from '../../../operators/workload/members/member-set.ts';
import { isReady } from '../../../operators/workload/members/pod-state.ts';
import { operationResource } from '../../../operators/workload/operations/operations.ts';
import { isRetired } from '../../../operators/workload/scale.ts';
import { specOf } from './admission.ts';
import type { ApiServer, Write } from './api-server.ts';
import type { Cassandra } from './cassandra.ts';
import type { Kubelet, Software } from './kubelet.ts';
import { zoneOf } from './scheduler.ts';

/** Actors whose writes are judged: every operator process. */
export const operatorPrefix = 'operator';

export interface Judged {
  server: ApiServer;
  cassandra: Cassandra;
  kubelet: Kubelet;
  softwareOf: (object: KubeObject) => Software;
}

type Violate = (what: string) => void;

export function watchInvariants(world: Judged, violate: Violate): void {
  const served = new Served(world.server);
  world.server.observers.push((write) => {
    served.note(write);
    if (!write.actor.startsWith(operatorPrefix)) return;
    for (const what of [...judgeRemoval(world, served, write), ...judgeGrant(world, write)]) violate(what);
    for (const what of [...judgePublication(world.cassandra, write), ...judgeIdentity(write)]) violate(what);
    for (const what of judgeRetirement(world, write)) violate(what);
  });
}

/** Members that have been ready once: from then on each of them is missed. */
class Served {
  readonly #server: ApiServer;
  /** Pod names by service. */
  readonly #names = new Map<string, Set<string>>();

  constructor(server: ApiServer) {
    this.#server = server;
  }

  note({ resource, after }: Write): void {
    if (resource !== pods || after === undefined || !isReady(after)) return;
    const names = this.#names.get(serviceOf(after)) ?? new Set();
    this.#names.set(serviceOf(after), names.add(after.metadata.name));
  }

  #hasLeft(name: string): boolean {
    const claims = this.#server
      .list(persistentVolumeClaims)
      .filter(({ metadata }) => metadata.name.endsWith(`-${name}`));
    return claims.every(isRetired) && this.#server.list(pods).every(({ metadata }) => metadata.name !== name);
  }

  /** Who is away beside this one. */
  missedBeside({ metadata }: Pod): string[] {
    const { namespace = '', name: own } = metadata;
    const names = [...(this.#names.get(serviceOf({ metadata })) ?? [])].filter(
      (name) => name !== own && !this.#hasLeft(name),
    );
    return names.filter((name) => {
      const pod = this.#server.get(pods, { namespace, name });
      return pod === undefined || !isReady(pod);
    });
  }
}

function serviceOf({ metadata }: Pick<KubeObject, 'metadata'>): string {
  return `${metadata.labels?.[keys.kind]}/${metadata.labels?.[keys.serviceUid]}`;
}

function judgeRemoval(world: Judged, served: Served, { verb, resource, before, after }: Write): string[] {
  const goes = before !== undefined && (after === undefined || after.metadata.deletionTimestamp !== undefined);
  if (verb !== 'remove' || !goes) return [];
  if (resource === pods) return judgePod(world, served, before);
  return resource === persistentVolumeClaims ? judgeClaim(world, before) : [];
}

/** A pod that serves goes for a reason, and alone. */
function judgePod({ server, softwareOf }: Judged, served: Served, pod: Pod): string[] {
  const { name, uid = '' } = pod.metadata;
  const harm = softwareOf(pod).harmOfStop(uid);
  if (!isReady(pod)) return harm;
  const missed = served.missedBeside(pod);
  const isMended = softwareOf(pod).needsRestart(uid);
  return [
    ...harm,
    ...(isOutdated(server, pod) || isTarget(server, uid) || isToPause(server, name) || isMended
      ? []
      : [`deleted the ready pod ${name} for nothing`]),
    ...(missed.length === 0 || isRackGoing(server, pod, missed)
      ? []
      : [`deleted the ready pod ${name} while ${missed.join(', ')} is away`]),
  ];
}

/** As many members of one zone as the service may lose together. */
function isRackGoing(server: ApiServer, pod: Pod, missed: string[]): boolean {
  const owner = server.everything().find(({ metadata }) => metadata.uid === pod.metadata.labels?.[keys.serviceUid]);
  const { updates } = Object(owner && specOf(owner));
  const most = Number(Object(updates)['maxUnavailablePerRack'] ?? 1);
  const zone = zoneOf(server, pod.metadata.name);
  return missed.length < most && missed.every((name) => zoneOf(server, name) === zone);
}

function isOutdated(server: ApiServer, pod: Pod): boolean {
  const set = server.list(statefulSets).find(({ metadata }) => metadata.uid === controllerOf(pod)?.uid);
  const wanted = set?.spec?.template?.metadata?.annotations?.[templateMark];
  return wanted !== undefined && wanted !== pod.metadata.annotations?.[templateMark];
}

/** Of an operation that is to destroy or to restart it and has not done so. */
function isTarget(server: ApiServer, uid: string): boolean {
  return server.list(operationResource).some(({ status }) => {
    const targets = status?.finishedAt === undefined ? status?.targets : [];
    return targets?.some(({ pod, claims }) => pod === uid || claims?.includes(uid)) === true;
  });
}

/** Somebody wants it down, whichever pod it has by now. */
function isToPause(server: ApiServer, name: string): boolean {
  return server.list(operationResource).some(({ spec }) => {
    const { type, suspend, members } = Object(spec);
    return type === 'Pause' && suspend !== true && Array.isArray(members) && members.includes(name);
  });
}

function judgeClaim(world: Judged, claim: PersistentVolumeClaim): string[] {
  const { name, uid = '' } = claim.metadata;
  if (claim.status?.phase !== 'Bound' || mayGo(world.server, claim)) return [];
  if (!isTarget(world.server, uid)) return [`deleted the volume ${name}`];
  return world.softwareOf(claim).harmOfLoss(world.kubelet.disk(claim));
}

/** Only with the service whose uid it carries, or with the member that has left it, and only where that says so. */
function mayGo(server: ApiServer, claim: PersistentVolumeClaim): boolean {
  const owner = server.everything().find(({ metadata }) => metadata.uid === claim.metadata.labels?.[keys.serviceUid]);
  if (owner === undefined || (owner.metadata.deletionTimestamp === undefined && !isRetired(claim))) return false;
  return specOf(owner)['deletionPolicy'] === 'Delete';
}

/** A volume is left behind only when nobody needs what is on it. */
function judgeRetirement(world: Judged, { resource, before, after }: Write): string[] {
  if (resource.kind !== 'PersistentVolumeClaim' || before === undefined || after === undefined) return [];
  if (isRetired(before) || !isRetired(after)) return [];
  return world.softwareOf(after).harmOfLeave(world.kubelet.disk(after));
}

function judgeGrant({ server, cassandra }: Judged, { resource, after }: Write): string[] {
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
