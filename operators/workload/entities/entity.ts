/** What lives inside a service and is an object of its own: users, topics, keyspaces, roles. */
import type { Condition } from '../../../crds/status.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizer.ts';
import { canonicalJson, isRecord } from '../../kube/json.ts';
import { type KubeObject, keyOf, type Resource } from '../../kube/resource.ts';
import { conditionsOf, type Statement } from '../conditions.ts';
import { nowOf, type Round, statusManager } from '../io.ts';

export interface EntityStatus {
  observedGeneration?: number | undefined;
  conditions?: Condition[] | undefined;
}

export interface EntityObject<Status extends EntityStatus = EntityStatus> extends KubeObject {
  spec?: unknown;
  status?: Status;
}

/** Index of entities by the service that they are of: `namespace/cluster`. */
export const clusterIndex = 'cluster';

export function clusterIndexOf({ metadata, spec }: KubeObject & { spec?: unknown }): string[] {
  const cluster = isRecord(spec) ? spec['cluster'] : undefined;
  return typeof cluster === 'string' ? [keyOf({ namespace: metadata.namespace ?? '', name: cluster })] : [];
}

/** How it stands with one of them. */
export type Outcome<Reason extends string> =
  /** The service has everything. */
  | { kind: 'Applied'; message: string }
  /** Trying again helps by itself. */
  | { kind: 'Waits'; reason: 'ClusterNotFound' | 'ClusterNotReady' | Reason; message: string }
  /** Somebody has to change something. */
  | { kind: 'Refused'; reason: 'InvalidSpec' | Reason; message: string };

export type StatusPart<Status> = { [Field in keyof Status]?: Status[Field] | undefined };

export interface EntityKind<Status extends EntityStatus> {
  resource: Resource<EntityObject<Status>>;
  /** On an object while something of it may be in the service. */
  finalizer: string;
  /** What the service runs, as messages call it. */
  product: 'Kafka' | 'Cassandra';
}

/** How many requests are on their way to the API server at a time. */
const atOnce = 16;

/** The hand that writes the objects of one kind, of one service. */
export class Entities<Status extends EntityStatus, Reason extends string> {
  readonly #kind: EntityKind<Status>;
  readonly #round: Round;
  /** As they are since this round has claimed them. */
  readonly #claimed = new Map<EntityObject<Status>, EntityObject<Status>>();

  constructor(kind: EntityKind<Status>, round: Round) {
    this.#kind = kind;
    this.#round = round;
  }

  /** All wait for the same. */
  async wait(
    objects: readonly EntityObject<Status>[],
    reason: 'ClusterNotFound' | 'ClusterNotReady',
    message: string,
  ): Promise<void> {
    await each(objects, (object) => this.show(object, { kind: 'Waits', reason, message }));
  }

  /** Before anything of it is in the service. */
  async claim(object: EntityObject<Status>): Promise<void> {
    const { api, signal } = this.#round;
    this.#claimed.set(object, await addFinalizer(api, this.#kind.resource, object, this.#kind.finalizer, { signal }));
  }

  /** Nothing of them is in the service any more. */
  async release(objects: readonly EntityObject<Status>[]): Promise<void> {
    const { api, signal } = this.#round;
    const { resource, finalizer } = this.#kind;
    await each(objects, (object) => removeFinalizer(api, resource, this.#newest(object), finalizer, { signal }));
  }

  isClaimed(object: EntityObject<Status>): boolean {
    return this.#newest(object).metadata.finalizers?.includes(this.#kind.finalizer) === true;
  }

  #newest(object: EntityObject<Status>): EntityObject<Status> {
    return this.#claimed.get(object) ?? object;
  }

  /** Writes what differs. @param more - what status says beside conditions; what is undefined is taken away */
  async show(object: EntityObject<Status>, outcome: Outcome<Reason>, more: StatusPart<Status> = {}): Promise<void> {
    const generation = object.metadata.generation ?? 0;
    const known = object.status?.conditions ?? [];
    const conditions = conditionsOf(statementsOf(outcome), known, generation, nowOf(this.#round));
    const status = { ...object.status, ...more, observedGeneration: generation, conditions };
    if (canonicalJson(object.status ?? {}) === canonicalJson(status)) return;
    const { apiVersion, kind, metadata } = object;
    const { name, namespace = '', uid = '' } = metadata;
    const applied = { apiVersion, kind, metadata: { name, namespace, uid }, status } as EntityObject<Status>;
    const { api, signal } = this.#round;
    await api.apply(this.#kind.resource, applied, { manager: statusManager, subresource: 'status', signal });
  }

  /** A change that nobody has asked for here is one that somebody has made there. */
  report(object: EntityObject<Status>, what: string): void {
    const { name } = object.metadata;
    this.#round.log.info(`${name}: ${what}`, { step: object.kind });
    if (!isSettled(object)) return;
    const note = `what ${this.#kind.product} has differs from the spec: ${what}`;
    this.#round.events.emit(object, { type: 'Warning', reason: 'DriftCorrected', action: 'Correct', note });
  }
}

function statementsOf(outcome: Outcome<string>): Statement[] {
  const { kind, message } = outcome;
  switch (kind) {
    case 'Applied':
      return [{ type: 'Ready', status: 'True', reason: 'Applied', message }];
    case 'Waits':
    case 'Refused': {
      const { reason } = outcome;
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type: kind === 'Waits' ? 'Reconciling' : 'Stalled', status: 'True', reason, message },
      ];
    }
    default:
      return kind satisfies never;
  }
}

/** The service had everything when it was last looked at, and nothing has been asked for since. */
export function isSettled({ metadata, status }: EntityObject): boolean {
  const isReady = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return isReady && status?.observedGeneration === metadata.generation;
}

export function isDeleted({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The oldest first; where two are of the same second, by their names. */
export function byAge({ metadata: one }: KubeObject, { metadata: other }: KubeObject): number {
  const [first, second] = [one, other].map(({ creationTimestamp = '', name }) => `${creationTimestamp}/${name}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
}

/** One that fails holds none of the others up; afterwards the first error is thrown. */
export async function each<T, Result>(items: readonly T[], act: (item: T) => Promise<Result>): Promise<Result[]> {
  const results: PromiseSettledResult<Result>[] = [];
  const waiting = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) [results[index]] = await Promise.allSettled([act(item)]);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
