/** Everything that the checks look at, read at one moment. */
import type {
  KubeObject,
  Lease,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  StatefulSet,
  StorageClass,
} from '../../kube/resource.ts';
import type { MemberStatus } from '../../workload/facts.ts';
import type { ServiceOperation } from '../operations.ts';
import type { Service } from '../services.ts';

/** Who may not read something knows nothing of it, not even that it is not there. */
export type Reading<T> = { ok: true; items: readonly T[] } | { ok: false; why: string };

export interface ResourceQuota extends KubeObject {
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** As `events.k8s.io` has it; events of older components carry the deprecated time. */
export interface EventObject extends KubeObject {
  type?: string;
  reason?: string;
  note?: string;
  regarding?: { kind?: string; name?: string };
  eventTime?: string | null;
  deprecatedLastTimestamp?: string | null;
  series?: { lastObservedTime?: string };
}

/** One member that should exist, or does. */
export interface MemberFacts {
  name: string;
  set: StatefulSet | undefined;
  pod: Pod | undefined;
  claims: PersistentVolumeClaim[];
  status: MemberStatus | undefined;
}

export interface Facts {
  /** Milliseconds since the epoch. */
  now: number;
  service: Service;
  /** The one that is asked about, or all. */
  members: readonly MemberFacts[];
  /** Pods of Stateward itself, of any namespace. */
  operators: Reading<Pod>;
  leases: Reading<Lease>;
  sets: Reading<StatefulSet>;
  pods: Reading<Pod>;
  claims: Reading<PersistentVolumeClaim>;
  /** Of the service's namespace. */
  events: Reading<EventObject>;
  quotas: Reading<ResourceQuota>;
  budgets: Reading<PodDisruptionBudget>;
  /** About this service. */
  operations: Reading<ServiceOperation>;
  nodes: Reading<Node>;
  storageClasses: Reading<StorageClass>;
  /** Those of claims whose pod has no node. */
  volumes: Reading<PersistentVolume>;
  /** Every pod of the cluster; read where a pod has no node, and empty otherwise. */
  neighbours: Reading<Pod>;
}

/** The first reading that failed. */
export function unreadable(...readings: Reading<unknown>[]): string | undefined {
  const failed = readings.find((reading) => !reading.ok);
  return failed?.ok === false ? failed.why : undefined;
}

export function itemsOf<T>(reading: Reading<T>): readonly T[] {
  return reading.ok ? reading.items : [];
}

/** Newest first. */
export function eventsOf({ events }: Facts, kind: string, name: string, reasons: readonly string[]): EventObject[] {
  return itemsOf(events)
    .filter(
      ({ regarding, reason = '' }) => regarding?.kind === kind && regarding.name === name && reasons.includes(reason),
    )
    .toSorted((one, other) => timeOf(other) - timeOf(one));
}

/** Milliseconds since the epoch. */
export function timeOf(event: EventObject): number {
  const { series, eventTime, deprecatedLastTimestamp, metadata } = event;
  const text = series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
  const time = Date.parse(text);
  return Number.isNaN(time) ? 0 : time;
}

/** The members that should be there, those that status knows and those that have a pod. */
export function membersOf(
  service: Service,
  sets: readonly StatefulSet[],
  pods: readonly Pod[],
  claims: readonly PersistentVolumeClaim[],
): MemberFacts[] {
  const known = service.status?.members ?? [];
  const wanted = sets.flatMap((set) => setMembers(set).map((name) => ({ name, set })));
  const names = new Set(
    [...wanted, ...known].map(({ name }) => name).concat(pods.map(({ metadata }) => metadata.name)),
  );
  return [...names].map((name) => {
    const set = wanted.find((member) => member.name === name)?.set;
    return {
      name,
      set,
      pod: pods.find(({ metadata }) => metadata.name === name),
      claims: claims.filter(({ metadata }) => claimNames(name, set).includes(metadata.name)),
      status: known.find((member) => member.name === name),
    };
  });
}

function setMembers({ metadata, spec }: StatefulSet): string[] {
  const first = spec?.ordinals?.start ?? 0;
  return Array.from({ length: spec?.replicas ?? 1 }, (_, index) => `${metadata.name}-${first + index}`);
}

/** The claims that a member's pod asks for. */
export function claimNames(member: string, set: StatefulSet | undefined): string[] {
  return (set?.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => `${metadata?.name ?? ''}-${member}`);
}
