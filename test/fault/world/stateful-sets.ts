/**
 * The StatefulSet controller for `Parallel` and `OnDelete`. It is late: until it has seen a change it makes pods of the
 * old template, and says so by `observedGeneration`.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../operators/kube/json.ts';
import { controllerOf, ownerReference } from '../../../operators/kube/owner.ts';
import {
  type ControllerRevision,
  controllerRevisions,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  refOf,
  type StatefulSet,
  statefulSets,
} from '../../../operators/kube/resource.ts';
import { parseSelector } from '../../../operators/kube/selector.ts';
import { isReady } from '../../../operators/workload/members/pod-state.ts';
import type { ApiServer } from './api-server.ts';
import { withMeta } from './garbage-collector.ts';

const actor = 'statefulset-controller';

/** Passes until a change of a set is seen; a new one is seen in the pass after. */
const lag = 4;

interface Seen {
  set: StatefulSet;
  /** Passes since there is another one. */
  age: number;
}

export class StatefulSetController {
  readonly #server: ApiServer;
  /** By uid. */
  readonly #seen = new Map<string | undefined, Seen>();

  constructor(server: ApiServer) {
    this.#server = server;
  }

  run(): void {
    for (const set of this.#server.list(statefulSets)) {
      const seen = this.#look(set);
      if (seen !== undefined && set.metadata.deletionTimestamp === undefined) runSet(this.#server, seen);
    }
  }

  #look(live: StatefulSet): StatefulSet | undefined {
    const { uid, generation } = live.metadata;
    const seen = this.#seen.get(uid);
    const same = seen?.set.metadata.generation === generation;
    if (seen === undefined || same || seen.age + 1 === lag) this.#seen.set(uid, { set: live, age: 0 });
    else seen.age += 1;
    return seen?.set;
  }
}

function runSet(server: ApiServer, set: StatefulSet): void {
  keepRevision(server, set);
  const own = ownPods(server, set);
  const names = wantedPods(set);
  for (const name of names) {
    const pod = own.find(({ metadata }) => metadata.name === name);
    if (pod === undefined) createMember(server, set, name);
    else if (pod.spec?.nodeName === undefined) createClaims(server, set, name);
  }
  for (const pod of own.filter(({ metadata }) => !names.includes(metadata.name))) {
    server.remove(actor, pods, refOf(pod), { propagation: 'Background' });
  }
  report(server, set);
}

function wantedPods(set: StatefulSet): string[] {
  const first = set.spec?.ordinals?.start ?? 0;
  return Array.from({ length: set.spec?.replicas ?? 1 }, (_, index) => `${set.metadata.name}-${first + index}`);
}

/** Those it controls, and orphans with its labels and a name of its form, which it adopts. */
function ownPods(server: ApiServer, set: StatefulSet): Pod[] {
  const labels = Object.entries(set.spec?.selector.matchLabels ?? {});
  const selected = parseSelector(labels.map(([key, value]) => `${key}=${value}`).join(','));
  return server.list(pods, set.metadata.namespace).flatMap((pod) => {
    const owner = controllerOf(pod);
    if (owner !== undefined) return owner.uid === set.metadata.uid ? [pod] : [];
    const named = /^(.*)-\d+$/.exec(pod.metadata.name)?.[1] === set.metadata.name;
    if (!named || !selected(pod.metadata.labels ?? {}) || pod.metadata.deletionTimestamp !== undefined) return [];
    const ownerReferences = [ownerReference(set)];
    return [server.modify(actor, pods, refOf(pod), (live) => withMeta(live, { ownerReferences }))];
  });
}

function createMember(server: ApiServer, set: StatefulSet, name: string): void {
  const { namespace = '' } = set.metadata;
  // A pod of that name that is not ours, or is still going away.
  if (server.get(pods, { namespace, name }) !== undefined) return;
  if (!createClaims(server, set, name)) return;
  const template = set.spec?.template;
  const labels = {
    ...template?.metadata?.labels,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': name.slice(name.lastIndexOf('-') + 1),
    'controller-revision-hash': revisionOf(set),
  };
  const annotations = { ...template?.metadata?.annotations };
  const claims = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata?.name ?? '',
    persistentVolumeClaim: { claimName: `${metadata?.name}-${name}` },
  }));
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, annotations, ownerReferences: [ownerReference(set)] },
    spec: { containers: [], ...template?.spec, volumes: [...(template?.spec?.volumes ?? []), ...claims] },
  };
  server.create(actor, pods, pod);
}

/** False where one of them is going away: the pod waits for its successor. */
function createClaims(server: ApiServer, set: StatefulSet, pod: string): boolean {
  const { namespace = '' } = set.metadata;
  const outcomes = (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const name = `${template.metadata?.name}-${pod}`;
    const live = server.get(persistentVolumeClaims, { namespace, name });
    if (live !== undefined) return live.metadata.deletionTimestamp === undefined;
    server.create(actor, persistentVolumeClaims, claimFrom(template, name, set));
    return true;
  });
  return outcomes.every((usable) => usable);
}

type ClaimTemplate = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number];

function claimFrom(template: ClaimTemplate, name: string, set: StatefulSet): PersistentVolumeClaim {
  const { namespace = '' } = set.metadata;
  const labels = { ...template.metadata?.labels, ...set.spec?.selector.matchLabels };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, labels, annotations: { ...template.metadata?.annotations } },
    spec: { ...template.spec },
    status: { phase: 'Pending' },
  };
}

const revisions = new WeakMap<object, string>();

function revisionOf(set: StatefulSet): string {
  const known = revisions.get(set);
  if (known !== undefined) return known;
  const revision = computeRevision(set);
  revisions.set(set, revision);
  return revision;
}

function computeRevision(set: StatefulSet): string {
  const hash = createHash('sha256').update(canonicalJson(set.spec?.template)).digest('hex').slice(0, 10);
  return `${set.metadata.name}-${hash}`;
}

/** Its own history of templates; it carries the labels of the pods. */
function keepRevision(server: ApiServer, set: StatefulSet): void {
  const { namespace = '' } = set.metadata;
  const ref = { namespace, name: revisionOf(set) };
  if (server.get(controllerRevisions, ref) !== undefined) return;
  const labels = { ...set.spec?.template?.metadata?.labels };
  const revision: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { ...ref, labels, ownerReferences: [ownerReference(set)] },
    data: { spec: { template: set.spec?.template } },
    revision: 1 + server.list(controllerRevisions, namespace).length,
  };
  server.create(actor, controllerRevisions, revision);
}

function report(server: ApiServer, set: StatefulSet): void {
  const own = server.list(pods, set.metadata.namespace).filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: own.length,
    readyReplicas: own.filter(isReady).length,
    updateRevision: revisionOf(set),
  };
  server.modify(actor, statefulSets, refOf(set), (live) => ({ ...live, status }));
}
