/** Which keys of cassandra.yaml belong to Stateward, and why: a user's value for them is refused with the reason. */

import { cacheKeys } from './authentication.ts';
import { guardrailKeys } from './guardrails.ts';

const byAddress = "it follows from the pod's address";
const byStorage = 'it follows from spec.storage';
const byAuth = 'authentication is set up by Stateward';
const byFirst = 'the first member could not set up its roles: they would be replicated as often from the start';

const owned: Record<string, string> = {
  cluster_name: 'it follows from spec.clusterName',
  seed_provider: 'seeds are chosen and refreshed by Stateward',
  endpoint_snitch: 'datacenter and rack follow from the spec',
  node_proximity: 'datacenter and rack follow from the spec',
  initial_location_provider: 'datacenter and rack follow from the spec',
  listen_address: byAddress,
  listen_interface: byAddress,
  listen_on_broadcast_address: byAddress,
  broadcast_address: byAddress,
  rpc_address: byAddress,
  rpc_interface: byAddress,
  broadcast_rpc_address: byAddress,
  storage_port: 'it is the same on every member',
  ssl_storage_port: 'it is the same on every member',
  native_transport_port: 'it is the same on every member',
  native_transport_port_ssl: 'it is the same on every member',
  start_native_transport: 'a member without it is never ready',
  data_file_directories: byStorage,
  local_system_data_file_directory: byStorage,
  commitlog_directory: byStorage,
  hints_directory: byStorage,
  saved_caches_directory: byStorage,
  cdc_raw_directory: byStorage,
  partitioner: 'the data is placed by it, and it is the same on every member',
  auto_bootstrap: 'members join one after another',
  initial_token: 'members are replaced by their host id',
  authenticator: 'it follows from spec.authentication.mode',
  authorizer: byAuth,
  role_manager: byAuth,
  network_authorizer: byAuth,
  internode_authenticator: byAuth,
  server_encryption_options: 'members prove to each other who they are by certificates of Stateward',
  client_encryption_options: 'it follows from spec.encryption',
  jmx_server_options: 'members are operated through their agent',
  audit_logging_options: 'it follows from spec.auditLog',
  ...everyOne(cacheKeys, 'it follows from spec.authentication.caches'),
  ...everyOne(guardrailKeys, 'it follows from spec.guardrails'),
  default_keyspace_rf: byFirst,
  minimum_replication_factor_fail_threshold: byFirst,
};

function everyOne(keys: readonly string[], reason: string): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, reason]));
}

/** Why this key may not be set by the user; undefined if it may. */
export function refusal(key: string): string | undefined {
  return Object.hasOwn(owned, key) ? owned[key] : undefined;
}
