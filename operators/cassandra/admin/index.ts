/** The real `CassandraAdmin`: the agent for a member's own word, CQL for the superuser's work. */
import type { Access } from '../../workload/certificates/access.ts';
import type { CassandraAdmin, Target } from './admin.ts';
import { askAgent } from './agent.ts';
import { createSuperuser, inspect, keyspaces, letsIn, lockDefault, replicate } from './cql.ts';
import { changeRoles, readRoles } from './roles.ts';
import { changeKeyspaces } from './schema.ts';
import { contextOf, presented } from './tls.ts';

export function cassandraAdmin(access: Access): CassandraAdmin {
  const context = contextOf(access);
  const by = (target: Target) => ({ ...target, context });
  return {
    certificate: (address, protocol, signal) => presented(address, protocol, access, signal),
    ask: (address, signal) => askAgent(address, context, signal),
    inspect: (target, ...rest) => inspect(by(target), ...rest),
    keyspaces: (target, ...rest) => keyspaces(by(target), ...rest),
    changeKeyspaces: (target, ...rest) => changeKeyspaces(by(target), ...rest),
    letsIn: (target, ...rest) => letsIn(by(target), ...rest),
    createSuperuser: (target, ...rest) => createSuperuser(by(target), ...rest),
    lockDefault: (target, ...rest) => lockDefault(by(target), ...rest),
    replicate: (target, ...rest) => replicate(by(target), ...rest),
    roles: (target, ...rest) => readRoles(by(target), ...rest),
    changeRoles: (target, ...rest) => changeRoles(by(target), ...rest),
  };
}
