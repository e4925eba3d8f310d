/** Sees to the maintenance of one keyspace: asks the member whose turn it is, and hears what it says. */
import { type Pod, pods } from '../../kube/resource.ts';
import { serviceIndex, serviceIndexKey } from '../../workload/facts.ts';
import type { ServiceIdentity } from '../../workload/identity.ts';
import { annotatePod, type Round } from '../../workload/io.ts';
import { memberAddress, type Reached } from '../entities.ts';
import { maintenanceAnnotation, ports } from '../names.ts';
import type { Maintenance } from './changes.ts';
import { memberInTurn, type Tended, turnOf, wishFor } from './maintenance.ts';

export interface Tending {
  maintenance: Maintenance;
  /** What is waited for. */
  message: string;
}

export async function tend(
  maintenance: Maintenance,
  keyspace: string,
  reached: Reached,
  round: Round,
): Promise<Tending> {
  const name = memberInTurn(maintenance);
  if (name === undefined) return { maintenance, message: 'that was all' };
  const pod = round.cache.get(pods, { namespace: reached.service.namespace, name });
  const turn = turnOf(maintenance, keyspace, { name, pod, word: await wordOf(pod, reached, round) });
  switch (turn.kind) {
    case 'Done':
      return { maintenance: { ...maintenance, done: maintenance.done + 1 }, message: `${name} has done it` };
    case 'Ask':
      await annotate(turn.pod, wishFor(maintenance, keyspace), reached.service, round);
      return { maintenance, message: `${name} is asked to` };
    case 'Waits':
      return { maintenance, message: turn.message };
    default:
      return turn satisfies never;
  }
}

async function wordOf(pod: Pod | undefined, { admin, service }: Reached, { signal }: Round): Promise<Tended['word']> {
  const address = pod && memberAddress(pod, service, ports.agentTls);
  if (address === undefined) return undefined;
  try {
    return (await admin.ask(address, signal)).maintenance ?? 'Outdated';
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** A member whose process starts again would do again whatever its pod says. */
export async function takeBackWishes(
  current: { maintenance: Maintenance; keyspace: string } | undefined,
  service: ServiceIdentity,
  round: Round,
): Promise<void> {
  const key = serviceIndexKey(service.kind, service.namespace, service.name);
  const member = current && memberInTurn(current.maintenance);
  const wish = current && wishFor(current.maintenance, current.keyspace);
  for (const pod of round.cache.by(pods, serviceIndex, key)) {
    const found = pod.metadata.annotations?.[maintenanceAnnotation];
    if (found === undefined || (found === wish && pod.metadata.name === member)) continue;
    await annotate(pod, null, service, round);
  }
}

async function annotate(pod: Pod, wish: string | null, { namespace }: ServiceIdentity, round: Round): Promise<void> {
  const { name, uid = '' } = pod.metadata;
  await annotatePod({ pod: name, uid }, { [maintenanceAnnotation]: wish }, namespace, round);
}
