/** Are enough members up for the service to decide anything? From status: what the operator has heard of them. */

import { counted, listed } from '../../../plan/listed.ts';
import type { MemberStatus } from '../../../workload/facts.ts';
import type { Facts } from '../facts.ts';
import { type Finding, fail, pass, unknown } from '../finding.ts';

export function quorumStands({ service }: Facts): Finding[] {
  const members = service.status?.members ?? [];
  if (members.length === 0) return [unknown('quorum', 'status names no member yet')];
  switch (service.kind) {
    case 'KafkaCluster':
      return [majority(members.filter(isController))];
    case 'CassandraCluster':
      return [present(members)];
    default:
      return service.kind satisfies never;
  }
}

/** The roles are in the status of Kafka's members only. */
function isController(member: MemberStatus): boolean {
  return 'roles' in member && Array.isArray(member.roles) && member.roles.includes('Controller');
}

/** KRaft decides by more than half of its voters. */
function majority(controllers: readonly MemberStatus[]): Finding {
  const up = controllers.filter(({ ready }) => ready).length;
  const needed = Math.floor(controllers.length / 2) + 1;
  const finding = `${up} of ${counted(controllers.length, 'controller')} ready, ${needed} needed`;
  if (up >= needed) return pass('quorum', finding);
  const missing = listed(controllers.filter(({ ready }) => !ready).map(stateOf));
  return fail('quorum', `${finding}: no metadata can change`, `bring back ${missing}`);
}

/** Which members a key needs depends on its keyspace: one that is away is told, more than one is a failure. */
function present(members: readonly MemberStatus[]): Finding {
  const missing = members.filter(({ ready }) => !ready);
  const finding = `${members.length - missing.length} of ${counted(members.length, 'member')} ready`;
  if (missing.length <= 1 && missing.length < members.length) return pass('quorum', finding);
  return fail('quorum', `${finding}: requests at QUORUM may fail`, `bring back ${listed(missing.map(stateOf))}`);
}

function stateOf({ name, state }: MemberStatus): string {
  return `${name} (${state})`;
}
