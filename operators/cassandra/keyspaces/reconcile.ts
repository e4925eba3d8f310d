/** All keyspaces of one CassandraCluster together: Cassandra is asked once for what it has, and told what is to change. */
import type { CassandraKeyspaceStatus } from '../../../crds/cassandra-keyspace.ts';
import { canonicalJson } from '../../kube/json.ts';
import type { Outcome as Later, Request } from '../../runtime/controller.ts';
import type { Address } from '../../workload/address.ts';
import { clusterIndex, Entities, each, type Outcome } from '../../workload/entities/entity.ts';
import { type EntityWork, entityRound } from '../../workload/entities/round.ts';
import type { Io, Round } from '../../workload/io.ts';
import type { Keyspace, Target } from '../admin/admin.ts';
import type { ChangedKeyspaces, KeyspaceChange } from '../admin/schema-admin.ts';
import type { DdlQueue } from '../ddl-queue.ts';
import { type ClusterParts, hostsOf, type Reached, reach, targetAt } from '../entities.ts';
import { changeOf, type Datacenter, planKeyspace } from './changes.ts';
import {
  type KeyspaceModel,
  type KeyspaceObject,
  keyspaceResource,
  readKeyspaces,
  validKeyspaces,
} from './keyspace.ts';
import {
  inTurn,
  isHeld,
  type KeyspaceReason,
  maintenanceOf,
  outcomeOf,
  type Planned,
  type Progress,
  shownOf,
  waits,
} from './outcome.ts';
import { takeBackWishes, tend } from './tend.ts';

export const keyspaceFinalizer = 'stateward.dev/cassandra-keyspace';

/** How often Cassandra is looked at when nothing has changed here; somebody may have changed it there. */
const quietMs = 60_000;
const maintenanceMs = 2_000;

/** What Cassandra was told, and what it said. */
interface Told {
  ours: readonly Planned[];
  foreign: readonly KeyspaceModel[];
  /** For which the members are to do something. */
  turn: Planned | undefined;
  changed: ChangedKeyspaces;
}

export function keyspaceReconcile(parts: ClusterParts, io: Io): (request: Request) => Promise<Later> {
  return async ({ key, log, signal }) => {
    const round: Round = { ...io, log, signal };
    const keyspaces = round.cache.by(keyspaceResource, clusterIndex, key);
    if (keyspaces.length === 0) return {};
    const work = new KeyspaceWork(key, parts.ddl, round);
    return entityRound(key, keyspaces, await reach(key, parts, round), work.entities, work, round);
  };
}

const nothing: ChangedKeyspaces = { existing: new Set(), refused: new Map() };

class KeyspaceWork implements EntityWork<KeyspaceObject, Reached, KeyspaceModel[], Told> {
  readonly entities: Entities<CassandraKeyspaceStatus, KeyspaceReason>;
  readonly #key: string;
  readonly #ddl: DdlQueue;
  readonly #round: Round;

  constructor(key: string, ddl: DdlQueue, round: Round) {
    this.#key = key;
    this.#ddl = ddl;
    this.#round = round;
    const kind = { resource: keyspaceResource, finalizer: keyspaceFinalizer, product: 'Cassandra' } as const;
    this.entities = new Entities(kind, round);
  }

  readonly prepare = async (objects: readonly KeyspaceObject[]): Promise<KeyspaceModel[]> => {
    const models = await each(readKeyspaces(objects), async (reading): Promise<KeyspaceModel[]> => {
      if (reading.kind === 'Keyspace') return [reading.keyspace];
      const { object, reason, message } = reading;
      await this.entities.show(object, { kind: 'Refused', reason, message });
      return [];
    });
    return models.flat();
  };

  readonly tell = async (
    models: readonly KeyspaceModel[],
    leaving: readonly KeyspaceObject[],
    address: Address,
    reached: Reached,
  ): Promise<Told> => {
    const { admin, own } = reached;
    const target = targetAt(address, reached);
    const present = await admin.keyspaces(target, own, this.#round.signal);
    const found = new Map(present.map((keyspace) => [keyspace.name, keyspace]));
    const mine = models.filter((model) => this.#isOurs(model, found));
    const ours = this.#plan(mine, found, datacenterOf(reached));
    const fresh = mine.filter(({ object }) => !this.entities.isClaimed(object));
    await each(fresh, ({ object }) => this.entities.claim(object));
    const turn = inTurn(ours);
    if (turn !== undefined) await this.#announce(turn);
    const changes = [...ours.flatMap((planned) => changesFor(planned, turn)), ...this.#drops(leaving)];
    const changed = changes.length === 0 ? nothing : await this.#execute(changes, target, reached);
    const taken = fresh.filter(({ name }) => changed.existing.has(name));
    await this.entities.release(taken.map(({ object }) => object));
    return {
      ours: ours.filter(({ model }) => !taken.includes(model)),
      foreign: [...models.filter((model) => !mine.includes(model)), ...taken],
      turn,
      changed,
    };
  };

  #execute(changes: readonly KeyspaceChange[], target: Target, reached: Reached): Promise<ChangedKeyspaces> {
    const { admin, own } = reached;
    const { signal } = this.#round;
    return this.#ddl.run(this.#key, signal, () =>
      admin.changeKeyspaces(target, own, changes, hostsOf(reached), signal),
    );
  }

  /** A finalizer says that a keyspace was ours, or was not there, when it was put on. */
  #isOurs({ object, name, spec }: KeyspaceModel, found: ReadonlyMap<string, Keyspace>): boolean {
    return this.entities.isClaimed(object) || spec.adoptionPolicy === 'Adopt' || !found.has(name);
  }

  #plan(models: readonly KeyspaceModel[], found: ReadonlyMap<string, Keyspace>, datacenter: Datacenter): Planned[] {
    const newId = (): string => this.#round.randomBytes(8).toString('hex');
    return models.map((model): Planned => {
      const { name, spec, object } = model;
      const present = found.get(name);
      const { replication, durableWrites } = spec;
      const wish = { name, replication, durableWrites };
      return { model, found: present, plan: planKeyspace(wish, present, object.status ?? {}, datacenter, newId) };
    });
  }

  /** What the members owe cannot be seen in Cassandra: it is written down before it is owed. */
  async #announce(turn: Planned): Promise<void> {
    const { object, name } = turn.model;
    const maintenance = maintenanceOf(turn);
    if (maintenance === undefined || isSame(maintenance, object.status?.maintenance)) return;
    await this.entities.show(object, waits(maintenance, 'begins'), { name, maintenance });
  }

  #drops(leaving: readonly KeyspaceObject[]): KeyspaceChange[] {
    return validKeyspaces(leaving)
      .filter(({ object, spec }) => this.entities.isClaimed(object) && spec.deletionPolicy === 'Delete')
      .map(({ name }) => ({ kind: 'Drop', name }));
  }

  readonly conclude = async (
    _models: readonly KeyspaceModel[],
    leaving: readonly KeyspaceObject[],
    { ours, foreign, turn, changed: { refused } }: Told,
    reached: Reached,
  ): Promise<Later> => {
    await each(foreign, ({ object, name }) => this.entities.show(object, existsAlready(name)));
    const progress = turn && !refused.has(turn.model.name) ? await this.#tend(turn, reached) : undefined;
    await each(ours, async (planned) => {
      const { object, name } = planned.model;
      const refusal = refused.get(name);
      const what = changeOf(planned.plan, planned.found);
      if (what !== undefined && !isHeld(planned, turn) && refusal === undefined) this.entities.report(object, what);
      await this.entities.show(object, outcomeOf(planned, refusal, progress), shownOf(planned, refusal, progress));
    });
    const current = progress && { ...progress, keyspace: progress.planned.model.name };
    await takeBackWishes(current, reached.service, this.#round);
    const kept = validKeyspaces(leaving).filter(({ name }) => refused.has(name));
    await this.entities.release(leaving.filter((object) => !kept.some((model) => model.object === object)));
    return { requeueAfterMs: turn === undefined ? quietMs : maintenanceMs };
  };

  async #tend(planned: Planned, reached: Reached): Promise<Progress | undefined> {
    const maintenance = maintenanceOf(planned);
    if (maintenance === undefined) return undefined;
    return { planned, ...(await tend(maintenance, planned.model.name, reached, this.#round)) };
  }
}

function datacenterOf({ spec, cluster: { status } }: Reached): Datacenter {
  const joined = (status?.members ?? []).filter((member) => member.joined === true);
  const members = joined.map(({ name }) => name);
  return { name: spec.datacenter, racks: spec.racks.length, members, replicas: spec.replicas };
}

function changesFor(planned: Planned, turn: Planned | undefined): KeyspaceChange[] {
  const { plan } = planned;
  if ((plan.kind !== 'Create' && plan.kind !== 'Alter') || isHeld(planned, turn)) return [];
  return [{ kind: plan.kind, keyspace: plan.keyspace }];
}

function isSame(one: object, other: object | undefined): boolean {
  return other !== undefined && canonicalJson(one) === canonicalJson(other);
}

function existsAlready(name: string): Outcome<KeyspaceReason> {
  const message = `keyspace ${name} exists already; set spec.adoptionPolicy to Adopt to take it over as it is and change it, or name another keyspace`;
  return { kind: 'Refused', reason: 'KeyspaceExists', message };
}
