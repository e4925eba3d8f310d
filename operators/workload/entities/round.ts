/** What is the same for all kinds of entities: there may be no service, and it may not answer. */

import { refOfKey } from '../../kube/resource.ts';
import type { Outcome } from '../../runtime/controller.ts';
import type { Address } from '../address.ts';
import type { CommonStatus } from '../facts.ts';
import type { Round } from '../io.ts';
import { type Entities, type EntityObject, type EntityStatus, isDeleted } from './entity.ts';
import { askAny, type Reached, type Unreached } from './reach.ts';

const waitingMs = 5_000;

export interface EntityWork<Object, Service, Ready, Told> {
  /** Writes to the API server what must be there before the service is told anything. */
  prepare(staying: readonly Object[], reached: Service): Promise<Ready>;
  /** Asks the service, by this member, and tells it what is to change. May be done again by another member. */
  tell(ready: Ready, leaving: readonly Object[], address: Address, reached: Service): Promise<Told>;
  /** Writes to the API server what came of it. */
  conclude(ready: Ready, leaving: readonly Object[], told: Told, reached: Service): Promise<Outcome>;
}

/** @param key - `namespace/name` of the service */
export async function entityRound<Status extends EntityStatus, Service extends Reached<CommonStatus>, Ready, Told>(
  key: string,
  objects: readonly EntityObject<Status>[],
  reach: Service | Unreached,
  entities: Entities<Status, string>,
  { prepare, tell, conclude }: EntityWork<EntityObject<Status>, Service, Ready, Told>,
  { signal }: Round,
): Promise<Outcome> {
  const staying = objects.filter((object) => !isDeleted(object));
  const leaving = objects.filter(isDeleted);
  // What was in it is gone with it.
  if (reach.kind === 'NotFound') await entities.release(leaving);
  if (reach.kind !== 'Reached') {
    await entities.wait(staying, `Cluster${reach.kind}`, reach.message);
    return { requeueAfterMs: waitingMs };
  }
  const ready = await prepare(staying, reach);
  const told = await askAny(reach, (address) => tell(ready, leaving, address, reach), signal);
  if (!(told instanceof Error)) return conclude(ready, leaving, told, reach);
  const message = `${reach.cluster.kind} ${refOfKey(key).name} does not do what it is asked: ${told.message}`;
  await entities.wait(staying, 'ClusterNotReady', message);
  throw told;
}
