import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { CassandraClusterSpecInput } from '../../../crds/cassandra-cluster.ts';
import { auditCategories, refusals } from '../../../crds/cassandra-settings.ts';
import { cassandraFacts, joinedStatus, modelOf, settings } from '../testing/cassandra.ts';
import { cassandraYaml, logback, rackProperties, settingsOf } from './cassandra-yaml.ts';
import { refusal } from './rules.ts';

const golden = `num_tokens: 16
allocate_tokens_for_local_replication_factor: 3
commitlog_sync: periodic
commitlog_sync_period: 10000ms
disk_failure_policy: stop
commit_failure_policy: stop
cluster_name: demo
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: GossipingPropertyFileSnitch
storage_port: 7000
native_transport_port: 9042
start_native_transport: true
data_file_directories:
  - /var/lib/cassandra/data
commitlog_directory: /var/lib/cassandra/commitlog
hints_directory: /var/lib/cassandra/hints
saved_caches_directory: /var/lib/cassandra/saved_caches
cdc_raw_directory: /var/lib/cassandra/cdc_raw
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
role_manager: CassandraRoleManager
server_encryption_options:
  internode_encryption: all
  optional: false
  require_client_auth: true
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: /run/stateward/own.pem
  truststore: /etc/stateward-tls/ca.crt
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: false
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: /run/stateward/own.pem
  truststore: /etc/stateward-tls/ca.crt
keyspaces_warn_threshold: 40
tables_warn_threshold: 150
minimum_replication_factor_warn_threshold: 3
simplestrategy_enabled: false
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: demo-r1-0.demo-cassandra-members.ns.svc.cluster.local:7000
`;

describe('cassandra.yaml', () => {
  it('of a service of which nothing is said', () => assert.equal(cassandraYaml(modelOf(), settings), golden));

  it('names the seeds', () => {
    const model = modelOf({}, cassandraFacts({ members: joinedStatus('demo-r1-0', 'demo-r1-2') }));
    const { seeds } = parse(cassandraYaml(model, settings)).seed_provider[0].parameters[0];
    assert.deepEqual(
      seeds.split(',').map((host: string) => host.split('.')[0]),
      ['demo-r1-0', 'demo-r1-2'],
    );
  });

  it("takes the user's settings before its defaults, and nothing in place of its own", () => {
    const config = { num_tokens: 4, concurrent_reads: 64, memtable: { configurations: { a: { class_name: 'x: y' } } } };
    const model = modelOf({ config, clusterName: 'yes' });
    const owned = { ...config, authorizer: 'AllowAllAuthorizer' };
    const found = parse(cassandraYaml({ ...model, spec: { ...model.spec, config: owned } }, settings));
    assert.equal(found.num_tokens, 4);
    assert.equal(found.concurrent_reads, 64);
    assert.deepEqual(found.memtable, config.memtable);
    assert.equal(found.authorizer, 'CassandraAuthorizer');
    assert.equal(found.cluster_name, 'yes');
  });

  const encryption: ['Required' | 'Optional' | 'None', [boolean, boolean]][] = [
    ['Required', [true, false]],
    ['Optional', [true, true]],
    ['None', [false, false]],
  ];
  for (const [clients, expected] of encryption) {
    it(`says everything of encryption to clients where it is ${clients}`, () => {
      const found = parse(cassandraYaml(modelOf({ encryption: { clients } }), settings));
      const { enabled, optional } = found.client_encryption_options;
      assert.deepEqual([enabled, optional], expected);
      assert.equal(found.server_encryption_options.internode_encryption, 'all');
    });
  }

  const certified: ['PasswordOrTls' | 'MutualTls', string, string][] = [
    [
      'PasswordOrTls',
      'asks clients for a certificate, and takes a password for it',
      'dev.stateward.cassandra.WantedCertificateSslContextFactory',
    ],
    [
      'MutualTls',
      'demands a certificate of clients, and takes nothing for it',
      'org.apache.cassandra.security.PEMBasedSslContextFactory',
    ],
  ];
  for (const [mode, what, class_name] of certified) {
    it(`${what}, where it is ${mode}`, () => {
      const authentication = { mode, clientCaSecretName: 'apps' };
      const found = parse(cassandraYaml(modelOf({ authentication }), settings));
      assert.deepEqual(found.authenticator, {
        class_name: 'dev.stateward.cassandra.ClientAuthenticator',
        parameters: {
          validator_class_name: 'org.apache.cassandra.auth.SpiffeCertificateValidator',
          operator_authorities: '/etc/stateward-tls/ca.crt',
        },
      });
      assert.deepEqual(found.client_encryption_options, {
        enabled: true,
        optional: false,
        require_client_auth: true,
        ssl_context_factory: { class_name },
        keystore: '/run/stateward/own.pem',
        truststore: '/etc/stateward-clients/accepted.crt',
      });
      assert.equal(found.server_encryption_options.truststore, '/etc/stateward-tls/ca.crt');
    });
  }

  it('says for how long members go by what they know of roles, where the user does', () => {
    const caches = { permissions: { validity: '500ms', updateInterval: '1m' }, credentials: { validity: '10s' } };
    const { permissions_validity, permissions_update_interval, credentials_validity, ...others } = parse(
      cassandraYaml(modelOf({ authentication: { caches } }), settings),
    );
    assert.deepEqual([permissions_validity, permissions_update_interval, credentials_validity], ['500ms', '1m', '10s']);
    assert.deepEqual(
      Object.keys(others).filter((key) => /validity|update_interval/.test(key)),
      [],
    );
  });

  it('has an audit log where it is asked for', () => {
    const logger = [{ class_name: 'FileAuditLogger' }];
    const categories = 'AUTH,DCL,DDL,ERROR';
    assert.deepEqual(parse(cassandraYaml(modelOf({ auditLog: {} }), settings)).audit_logging_options, {
      enabled: true,
      logger,
      included_categories: categories,
    });
    const auditLog = {
      categories: ['Dml'] as const,
      includedKeyspaces: ['a', 'b'],
      excludedKeyspaces: ['c'],
      includedUsers: ['one', 'two'],
      excludedUsers: ['three'],
    };
    const wish = { auditLog: { ...auditLog, categories: [...auditLog.categories] } };
    assert.deepEqual(parse(cassandraYaml(modelOf(wish), settings)).audit_logging_options, {
      enabled: true,
      logger,
      included_categories: 'DML',
      included_keyspaces: 'a,b',
      excluded_keyspaces: 'c',
      included_users: 'one,two',
      excluded_users: 'three',
    });
  });

  it('has the names and limits of users as they are, whatever YAML 1.1 takes them for', () => {
    const role = fc.oneof(
      fc.constantFrom('yes', '1:30', '0x1', '1e3'),
      fc.stringMatching(/^[A-Za-z0-9_][!-+--~]{0,9}$/),
    );
    const keyspace = fc.oneof(fc.constantFrom('no', '1_000', '010'), fc.stringMatching(/^[A-Za-z0-9_]{1,9}$/));
    const threshold = fc.record({ warn: fc.integer({ min: 1, max: 5 }), fail: fc.integer({ min: 5, max: 9 }) });
    const spec: fc.Arbitrary<CassandraClusterSpecInput> = fc.record({
      auditLog: fc.record({
        categories: fc.uniqueArray(fc.constantFrom(...auditCategories), { minLength: 1 }),
        includedKeyspaces: fc.uniqueArray(keyspace, { minLength: 1, maxLength: 3 }),
        excludedUsers: fc.uniqueArray(role, { minLength: 1, maxLength: 3 }),
      }),
      guardrails: fc.record({ refused: fc.uniqueArray(fc.constantFrom(...refusals)), tables: threshold }),
    });
    fc.assert(
      fc.property(spec, (wish) => {
        const model = modelOf(wish);
        const text = cassandraYaml(model, settings);
        const { seed_provider: _seeds, ...found } = parse(text, { version: '1.1' });
        assert.deepEqual(found, settingsOf(model));
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the choice of tokens to chance where there are too few racks for it', () => {
    const factor = (replicas: number, racks: string[]): unknown =>
      parse(cassandraYaml(modelOf({ replicas, racks: racks.map((name) => ({ name })) }), settings))
        .allocate_tokens_for_local_replication_factor;
    assert.deepEqual(
      [
        factor(1, ['a']),
        factor(2, ['a']),
        factor(5, ['a']),
        factor(4, ['a', 'b']),
        factor(2, ['a', 'b']),
        factor(3, ['a', 'b', 'c']),
      ],
      [1, 2, 3, undefined, 2, 3],
    );
  });

  it('has a period of the commit log only where Cassandra takes one', () => {
    const periods = [
      {},
      { commitlog_sync_period: '2s' },
      { commitlog_sync: 'batch' },
      { commitlog_sync: 'group', commitlog_sync_group_window: '1ms' },
      { commitlog_sync_period_in_ms: 500 },
    ].map((config) => parse(cassandraYaml(modelOf({ config }), settings)).commitlog_sync_period);
    assert.deepEqual(periods, ['10000ms', '2s', undefined, undefined, undefined]);
  });

  it('goes with the rack', () => {
    const model = modelOf({ datacenter: 'east' });
    const [rack] = model.racks;
    assert.ok(rack !== undefined);
    assert.equal(rackProperties(model, rack), 'dc=east\nrack=r1\nprefer_local=false\n');
  });

  it('has no setting of ours that a user could change as well', () => {
    const ours = Object.keys(parse(golden)).filter((key) => refusal(key) !== undefined);
    const free = [
      'num_tokens',
      'allocate_tokens_for_local_replication_factor',
      'commitlog_sync',
      'commitlog_sync_period',
      'disk_failure_policy',
      'commit_failure_policy',
    ];
    assert.deepEqual(
      Object.keys(parse(golden)).filter((key) => !ours.includes(key)),
      free,
    );
  });
});

describe('the log of a member', () => {
  it('has no place for an audit where there is none', () =>
    assert.equal(
      logback(modelOf()),
      `<configuration scan="false">
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601} %-5level %msg \\(%logger{0}\\)%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
`,
    ));

  it('keeps each entry of the audit on a line of its own', () =>
    assert.equal(
      logback(modelOf({ auditLog: {} })),
      `<configuration scan="false">
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601} %-5level %msg \\(%logger{0}\\)%n</pattern></encoder>
  </appender>
  <appender name="AUDIT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601} %-5level %replace(%msg){'[\\r\\n]', ' '} \\(%logger{0}\\)%n</pattern></encoder>
  </appender>
  <logger name="org.apache.cassandra.audit.FileAuditLogger" additivity="false"><appender-ref ref="AUDIT"/></logger>
  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
`,
    ));
});
