/** What is the same for all kinds of entities: there may be no KafkaCluster, and it may not answer. */
import { refOfKey } from '../../kube/resource.ts';
import type { Outcome } from '../../runtime/controller.ts';
import type { Round } from '../../workload/io.ts';
import type { Address } from '../admin/admin.ts';
import { askAny, type Reach, type Reached } from './cluster.ts';
import { type Entities, type EntityObject, type EntityStatus, isDeleted } from './entity.ts';

const waitingMs = 5_000;

export interface EntityWork<Object, Ready, Told> {
  /** Writes to the API server what must be there before Kafka is told anything. */
  prepare(staying: readonly Object[], reached: Reached): Promise<Ready>;
  /** Asks Kafka, by this broker, and tells it what is to change. May be done again by another broker. */
  tell(ready: Ready, leaving: readonly Object[], address: Address, reached: Reached): Promise<Told>;
  /** Writes to the API server what came of it. */
  conclude(ready: Ready, leaving: readonly Object[], told: Told, reached: Reached): Promise<Outcome>;
}

/** @param key - `namespace/name` of the KafkaCluster */
export async function entityRound<Status extends EntityStatus, Ready, Told>(
  key: string,
  objects: readonly EntityObject<Status>[],
  reach: Reach,
  entities: Entities<Status, string>,
  { prepare, tell, conclude }: EntityWork<EntityObject<Status>, Ready, Told>,
  { signal }: Round,
): Promise<Outcome> {
  const staying = objects.filter((object) => !isDeleted(object));
  const leaving = objects.filter(isDeleted);
  // What was in Kafka is gone with it.
  if (reach.kind === 'NotFound') await entities.release(leaving);
  if (reach.kind !== 'Reached') {
    await entities.wait(staying, `Cluster${reach.kind}`, reach.message);
    return { requeueAfterMs: waitingMs };
  }
  const ready = await prepare(staying, reach);
  const told = await askAny(reach, (address) => tell(ready, leaving, address, reach), signal);
  if (!(told instanceof Error)) return conclude(ready, leaving, told, reach);
  const message = `KafkaCluster ${refOfKey(key).name} does not do what it is asked: ${told.message}`;
  await entities.wait(staying, 'ClusterNotReady', message);
  throw told;
}
