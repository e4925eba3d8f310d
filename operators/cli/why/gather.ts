/** The only reading of the cluster: everything that the checks look at, and nothing that they do not. */
import { ApiError } from '../../kube/api.ts';
import {
  events,
  type KubeObject,
  type Lease,
  leases,
  nodes,
  type PersistentVolume,
  type Pod,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  type Resource,
  statefulSets,
  storageClasses,
} from '../../kube/resource.ts';
import { keys } from '../../workload/identity.ts';
import type { Context } from '../command.ts';
import { listOperations } from '../operations.ts';
import { namespaceOf, type Service } from '../services.ts';
import { operatorLabels } from './checks/operator.ts';
import {
  type EventObject,
  type Facts,
  itemsOf,
  type MemberFacts,
  membersOf,
  type Reading,
  type ResourceQuota,
} from './facts.ts';
import { listPages, type Scope, selectorText } from './pages.ts';

const eventResource: Resource<EventObject> = events;
const resourceQuotas: Resource<ResourceQuota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};

export async function gather(context: Context, service: Service): Promise<Facts> {
  const reader = new Reader(context);
  const namespace = namespaceOf(service);
  const mine = {
    namespace,
    labelSelector: selectorText({ [keys.kind]: service.kind, [keys.service]: service.metadata.name }),
  };
  const [ground, parts, operations] = await Promise.all([
    readGround(reader, namespace),
    readParts(reader, mine),
    reader.unlessRefused(() => listOperations(context, service)),
  ]);
  const members = membersOf(service, itemsOf(parts.sets), itemsOf(parts.pods), itemsOf(parts.claims));
  const [held, around] = await Promise.all([readLeases(reader, ground.operators), readAround(reader, members)]);
  return { now: context.clock.now(), service, members, ...ground, ...parts, operations, leases: held, ...around };
}

class Reader {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  list<T extends KubeObject>(resource: Resource<T>, scope: Scope = {}): Promise<Reading<T>> {
    return this.unlessRefused(() => listPages(this.#context, resource, scope));
  }

  /** Those that exist. */
  async read<T extends KubeObject>(resource: Resource<T>, names: readonly string[]): Promise<Reading<T>> {
    const { api, signal } = this.#context;
    return this.unlessRefused(async () => {
      const found = await Promise.all(names.map((name) => api.read(resource, { name }, { signal })));
      return found.flatMap((object) => object ?? []);
    });
  }

  /** Who may not read, or a server that does not know the kind, leaves it unknown. */
  async unlessRefused<T>(work: () => Promise<T[]>): Promise<Reading<T>> {
    try {
      return { ok: true, items: await work() };
    } catch (error) {
      if (error instanceof ApiError && (error.status === 403 || error.status === 404))
        return { ok: false, why: error.message };
      throw error;
    }
  }
}

async function readParts(reader: Reader, mine: Scope): Promise<Pick<Facts, 'sets' | 'pods' | 'claims'>> {
  const [sets, own, claims] = await Promise.all([
    reader.list(statefulSets, mine),
    reader.list(pods, mine),
    reader.list(persistentVolumeClaims, mine),
  ]);
  return { sets, pods: own, claims };
}

type GroundFacts = Pick<Facts, 'operators' | 'events' | 'quotas' | 'budgets' | 'nodes' | 'storageClasses'>;

async function readGround(reader: Reader, namespace: string): Promise<GroundFacts> {
  const [operators, happened, quotas, budgets, allNodes, classes] = await Promise.all([
    reader.list(pods, { labelSelector: selectorText(operatorLabels) }),
    reader.list(eventResource, { namespace }),
    reader.list(resourceQuotas, { namespace }),
    reader.list(podDisruptionBudgets, { namespace }),
    reader.list(nodes),
    reader.list(storageClasses),
  ]);
  return { operators, events: happened, quotas, budgets, nodes: allNodes, storageClasses: classes };
}

/** Where its pods are; without pods anywhere, since it may run outside of the cluster. */
async function readLeases(reader: Reader, operators: Reading<Pod>): Promise<Reading<Lease>> {
  const namespaces = [...new Set(itemsOf(operators).map(namespaceOf))];
  if (namespaces.length === 0) return operators.ok ? reader.list(leases) : operators;
  const lists = await Promise.all(namespaces.map((namespace) => reader.list(leases, { namespace })));
  return lists.find(({ ok }) => !ok) ?? { ok: true, items: lists.flatMap(itemsOf) };
}

/** Reading every pod of a cluster is dear, and only a pod without a node needs it. */
async function readAround(
  reader: Reader,
  members: readonly MemberFacts[],
): Promise<Pick<Facts, 'volumes' | 'neighbours'>> {
  const unplaced = members.filter(({ pod }) => pod !== undefined && pod.spec?.nodeName === undefined);
  const none = { ok: true as const, items: [] };
  if (unplaced.length === 0) return { volumes: none, neighbours: none };
  const names = unplaced.flatMap(({ claims }) => claims).flatMap(({ spec }) => spec?.volumeName ?? []);
  const [volumes, neighbours] = await Promise.all([
    reader.read<PersistentVolume>(persistentVolumes, names),
    reader.list(pods),
  ]);
  return { volumes, neighbours };
}
