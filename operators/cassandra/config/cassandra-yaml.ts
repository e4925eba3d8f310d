/** cassandra.yaml and its companions, per version. */
import { stringify } from 'yaml';
import { memberDns } from '../../workload/identity.ts';
import { propertiesText } from '../../workload/properties.ts';
import { encryptionSettings } from '../certificates.ts';
import { names, ports } from '../names.ts';
import type { CassandraSettings, CassandraSpecModel, RackModel } from '../spec.ts';
import { auditSettings, authenticationSettings } from './authentication.ts';
import { guardrailSettings } from './guardrails.ts';

export const dataRoot = '/var/lib/cassandra';

/** Everything but the seeds: a change of it needs a restart. */
export function settingsOf(model: CassandraSpecModel): Record<string, unknown> {
  return { ...defaults(model), ...model.spec.config, ...owned(model) };
}

export function cassandraYaml(model: CassandraSpecModel, settings: CassandraSettings): string {
  const hosts = model.seeds.map((pod) =>
    memberDns(pod, names.members(model.service), model.service, settings.clusterDomain),
  );
  const seed_provider = [
    {
      class_name: 'org.apache.cassandra.locator.SimpleSeedProvider',
      parameters: [{ seeds: hosts.map((host) => `${host}:${ports.storage}`).join(',') }],
    },
  ];
  // Cassandra reads YAML 1.1, where yes, 1:30 and 1_000 are no text unless they are quoted.
  return stringify({ ...settingsOf(model), seed_provider }, { lineWidth: 0, version: '1.1' });
}

function defaults(model: CassandraSpecModel): Record<string, unknown> {
  const tokens = { num_tokens: 16 };
  const racks = model.racks.length;
  const replication = Math.min(3, model.spec.replicas);
  // The allocation refuses more than one and fewer racks than replicas.
  const allocation =
    racks > 1 && racks < replication ? {} : { allocate_tokens_for_local_replication_factor: replication };
  return {
    ...tokens,
    ...allocation,
    ...commitlogSync(model.spec.config),
    disk_failure_policy: 'stop',
    commit_failure_policy: 'stop',
  };
}

/** A period beside another kind of sync, or beside its own former name, is an error to Cassandra. */
function commitlogSync(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { commitlog_sync = 'periodic', commitlog_sync_period_in_ms } = config;
  const hasPeriod = commitlog_sync === 'periodic' && commitlog_sync_period_in_ms === undefined;
  return { commitlog_sync: 'periodic', ...(hasPeriod && { commitlog_sync_period: '10000ms' }) };
}

function owned({ spec, clusterName }: CassandraSpecModel): Record<string, unknown> {
  return {
    cluster_name: clusterName,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    // Without an address both take that of the pod's own host name.
    storage_port: ports.storage,
    native_transport_port: ports.native,
    start_native_transport: true,
    data_file_directories: [`${dataRoot}/data`],
    commitlog_directory: `${dataRoot}/commitlog`,
    hints_directory: `${dataRoot}/hints`,
    saved_caches_directory: `${dataRoot}/saved_caches`,
    cdc_raw_directory: `${dataRoot}/cdc_raw`,
    ...authenticationSettings(spec.authentication),
    authorizer: 'CassandraAuthorizer',
    role_manager: 'CassandraRoleManager',
    ...encryptionSettings(spec.encryption.clients, spec.authentication.mode),
    ...auditSettings(spec.auditLog),
    ...guardrailSettings(spec.guardrails, spec.replicas),
  };
}

export function rackProperties(model: CassandraSpecModel, rack: RackModel): string {
  return propertiesText({ dc: model.spec.datacenter, rack: rack.spec.name, prefer_local: 'false' });
}

/** To standard output only: the pod's log is the one place to look. */
export function logback({ spec }: CassandraSpecModel): string {
  return `<configuration scan="false">
  ${appender('STDOUT', '%msg')}
${spec.auditLog === undefined ? '' : auditLogger}  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
`;
}

function appender(name: string, message: string): string {
  return `<appender name="${name}" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601} %-5level ${message} \\(%logger{0}\\)%n</pattern></encoder>
  </appender>`;
}

/** One line each: a statement with line breaks could look like another entry. */
const auditLogger = `  ${appender('AUDIT', "%replace(%msg){'[\\r\\n]', ' '}")}
  <logger name="org.apache.cassandra.audit.FileAuditLogger" additivity="false"><appender-ref ref="AUDIT"/></logger>
`;
