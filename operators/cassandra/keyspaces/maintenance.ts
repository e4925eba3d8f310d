/**
 * What a change of the replication asks of the members, one after another: a repair, or a cleanup. A member is asked by
 * an annotation on its pod, and its agent does it: a request by the agent's pages could not be seen after a crash.
 */
import type { Pod } from '../../kube/resource.ts';
import { isReady } from '../../workload/members/pod-state.ts';
import type { MaintenanceWord } from '../admin/admin.ts';
import { maintenanceAnnotation } from '../names.ts';
import type { Maintenance } from './changes.ts';

export interface Tended {
  name: string;
  pod: Pod | undefined;
  /** Undefined where it does not answer; `Outdated` where its agent knows nothing of maintenance. */
  word: MaintenanceWord | 'Outdated' | undefined;
}

export type Turn =
  | { kind: 'Done' }
  /** It has to be asked. */
  | { kind: 'Ask'; pod: Pod }
  | { kind: 'Waits'; message: string };

/** Whose turn it is; undefined if all have had theirs. */
export function memberInTurn({ members, done }: Maintenance): string | undefined {
  return members[done];
}

/** As the agent reads it. */
export function wishFor({ task, id }: Maintenance, keyspace: string): string {
  return `${task}:${id}:${keyspace}`;
}

/** Pure: how it stands with the member whose turn it is. */
export function turnOf(maintenance: Maintenance, keyspace: string, { name, pod, word }: Tended): Turn {
  if (pod === undefined || !isReady(pod)) return { kind: 'Waits', message: `waits until ${name} is ready` };
  if (word === undefined) return { kind: 'Waits', message: `waits for ${name}, which does not answer` };
  if (word === 'Outdated') {
    const message = `waits for ${name}, whose agent is that of an earlier Stateward and cannot do it: restart it, e.g. by a ServiceOperation of type Restart`;
    return { kind: 'Waits', message };
  }
  const isHeard = word.kind !== 'Idle' && word.id === maintenance.id;
  if (isHeard && word.kind === 'Done') return { kind: 'Done' };
  if (pod.metadata.annotations?.[maintenanceAnnotation] !== wishFor(maintenance, keyspace)) return { kind: 'Ask', pod };
  if (isHeard && word.kind === 'Failed')
    return { kind: 'Waits', message: `${name} tries again in a minute: ${word.message}` };
  return { kind: 'Waits', message: `${name} is at it` };
}

/** In words, what is done, and with how many members it is. */
export function progressOf({ task, members, done }: Maintenance): string {
  const what = task === 'Repair' ? 'a full repair' : 'a cleanup';
  return `${what} after a change of the replication: ${done} of ${members.length} members`;
}
