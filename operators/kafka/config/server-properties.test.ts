import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KafkaClusterSpecInput } from '../../../crds/kafka-cluster.ts';
import { javaProperties } from '../../workload/testing/java-properties.ts';
import { modelOf, separate, settings } from '../testing/kafka.ts';
import { serverProperties } from './server-properties.ts';

function propertiesOf(spec: KafkaClusterSpecInput, pool = 0): string {
  const model = modelOf(spec);
  const found = model.pools[pool];
  assert.ok(found !== undefined);
  return serverProperties(model, found, settings);
}

const unit = fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0x80, max: 0xd7ff }));
const anyText = fc.array(unit, { maxLength: 30 }).map((units) => String.fromCharCode(...units));

const defaults = `default.replication.factor=3
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
auto.create.topics.enable=false
unclean.leader.election.enable=false
`;
const env = `node.id=\${env:NODE_ID}
config.providers=env
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
`;
const members = 'demo-kafka-members.ns.svc.cluster.local';
const host = `\${env:POD_NAME}.${members}`;
const clients = '${env:POD_NAME}.ns.svc.cluster.local';
const quorum = (pool: string): string =>
  `controller.quorum.bootstrap.servers=${[0, 1, 2].map((id) => `demo-${pool}-${id}.${members}:9090`).join(',')}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
`;

const rule = 'RULE:^CN=[^,]+,O=(stateward:[a-z]+)$/$1/';
const tls = `ssl.keystore.type=PEM
ssl.truststore.type=PEM
ssl.engine.factory.class=dev.stateward.kafka.ReloadingSslEngineFactory
ssl.keystore.location=/etc/stateward-tls/\${env:POD_NAME}.pem
ssl.truststore.location=/etc/stateward-tls/ca.crt
listener.name.controller.ssl.client.auth=required
listener.name.internal.ssl.client.auth=required
listener.name.controller.ssl.principal.mapping.rules=${rule}
listener.name.internal.ssl.principal.mapping.rules=${rule}
`;

const scram = `listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
`;
const authorizer = `authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:stateward:member;User:stateward:operator
`;

describe('server.properties', () => {
  it('of a combined pool', () =>
    assert.equal(
      propertiesOf({}),
      `${defaults}process.roles=broker,controller
${env}${quorum('kafka')}listeners=CONTROLLER://:9090,INTERNAL://:9091,SECURE://:9093
advertised.listeners=CONTROLLER://${host}:9090,INTERNAL://${host}:9091,SECURE://${clients}:9093
listener.security.protocol.map=CONTROLLER:SSL,INTERNAL:SSL,SECURE:SASL_SSL
${tls}${scram}${authorizer}log.dirs=/var/lib/kafka/data/log
metadata.log.dir=/var/lib/kafka/data/log
`,
    ));

  it('of controllers, which open no other listener but know the internal one', () =>
    assert.equal(
      propertiesOf({
        pools: [
          { name: 'controller', roles: ['Controller'] },
          { name: 'broker', roles: ['Broker'], replicas: 3 },
        ],
      }),
      `${defaults}process.roles=controller
${env}${quorum('controller')}listeners=CONTROLLER://:9090
advertised.listeners=CONTROLLER://${host}:9090
listener.security.protocol.map=CONTROLLER:SSL,INTERNAL:SSL
${tls}${authorizer}log.dirs=/var/lib/kafka/data/log
metadata.log.dir=/var/lib/kafka/data/log
`,
    ));

  it('of brokers with several volumes and listeners', () => {
    const volumes = [{ name: 'one' }, { name: 'two' }];
    const pools = [
      { name: 'controller', roles: ['Controller' as const] },
      { name: 'broker', roles: ['Broker' as const], storage: { volumes } },
    ];
    const listeners = [
      { name: 'plain', port: 9092, tls: false, authentication: 'None' as const },
      { name: 'other', port: 9094, authentication: 'None' as const },
      { name: 'secure', port: 9095, tls: false },
    ];
    const authorization = { mode: 'None' as const };
    assert.equal(
      propertiesOf({ pools, listeners, authorization }, 1),
      `${defaults}process.roles=broker
${env}${quorum('controller')}listeners=INTERNAL://:9091,PLAIN://:9092,OTHER://:9094,SECURE://:9095
advertised.listeners=INTERNAL://${host}:9091,PLAIN://${clients}:9092,OTHER://${clients}:9094,SECURE://${clients}:9095
listener.security.protocol.map=INTERNAL:SSL,PLAIN:PLAINTEXT,OTHER:SSL,SECURE:SASL_PLAINTEXT,CONTROLLER:SSL
${tls}${scram}log.dirs=/var/lib/kafka/one/log,/var/lib/kafka/two/log
metadata.log.dir=/var/lib/kafka/one/log
`,
    );
  });

  it('takes the name of a user from his certificate where a listener asks for one, and no name of a member', () => {
    const read = javaProperties(propertiesOf({ listeners: [{ name: 'mutual', port: 9094, authentication: 'Tls' }] }));
    const rule = 'RULE:^CN=([-a-z0-9.]+),O=stateward-user$/$1/';
    assert.equal(read.get('listener.name.mutual.ssl.client.auth'), 'required');
    assert.equal(read.get('listener.name.mutual.ssl.principal.mapping.rules'), rule);
    assert.match(read.get('listener.security.protocol.map') ?? '', /,MUTUAL:SSL$/);
    assert.equal(read.get('listener.name.mutual.sasl.enabled.mechanisms'), undefined);
  });

  describe('replicates as far as brokers go', () => {
    const table: [number, string, string][] = [
      [1, '1', '1'],
      [2, '2', '1'],
      [3, '3', '2'],
      [5, '3', '2'],
    ];
    for (const [replicas, factor, inSync] of table) {
      it(`with ${replicas}`, () => {
        const text = propertiesOf({ pools: [{ name: 'kafka', roles: ['Controller', 'Broker'], replicas }] });
        const read = javaProperties(text);
        assert.equal(read.get('default.replication.factor'), factor);
        assert.equal(read.get('share.coordinator.state.topic.min.isr'), inSync);
        assert.equal(read.get('transaction.state.log.min.isr'), inSync);
      });
    }

    it('and controllers are none', () =>
      assert.equal(javaProperties(propertiesOf(separate)).get('default.replication.factor'), '2'));
  });

  it('names who may do everything beside members and operator', () => {
    const read = javaProperties(propertiesOf({ authorization: { superUsers: ['admin', 'ANONYMOUS'] } }));
    assert.equal(read.get('super.users'), 'User:stateward:member;User:stateward:operator;User:admin;User:ANONYMOUS');
  });

  it('lets the user change a default and add a setting, each once', () => {
    const config = { 'auto.create.topics.enable': 'true', 'log.retention.hours': '72' };
    const text = propertiesOf({ config });
    assert.equal(text.match(/^auto\.create\.topics\.enable=/gm)?.length, 1);
    assert.equal(javaProperties(text).get('auto.create.topics.enable'), 'true');
    assert.equal(javaProperties(text).get('log.retention.hours'), '72');
  });

  it('leaves out what is set while Kafka runs: a change of it restarts nobody', () => {
    const config = {
      'min.insync.replicas': '3',
      'log.retention.ms': '1000',
      'num.io.threads': '9',
      'unclean.leader.election.enable': 'true',
    };
    assert.equal(propertiesOf({ config }), propertiesOf({}));
  });

  it('has what only another version takes while it runs', () => {
    const config = { 'group.consumer.assignment.interval.ms': '2000' };
    const key = 'group.consumer.assignment.interval.ms';
    const valueIn = (version: '4.2.1' | '4.3.1'): string | undefined =>
      javaProperties(propertiesOf({ version, config })).get(key);
    assert.deepEqual([valueIn('4.2.1'), valueIn('4.3.1')], ['2000', undefined]);
  });

  it('lets nothing of the user take the place of what is ours', () => {
    const model = modelOf({});
    const [pool] = model.pools;
    assert.ok(pool !== undefined);
    // Refused before it comes here; this is the second fence.
    const config = { 'node.id': '7', listeners: 'X://:1', 'log.dirs': '/tmp' };
    const text = serverProperties({ ...model, spec: { ...model.spec, config } }, pool, settings);
    assert.deepEqual(javaProperties(text), javaProperties(propertiesOf({})));
    assert.equal(text.split('\n').length, propertiesOf({}).split('\n').length);
  });

  it('says what the user said, whatever characters it has', () => {
    const model = modelOf({});
    const [pool] = model.pools;
    assert.ok(pool !== undefined);
    fc.assert(
      fc.property(anyText, (value) => {
        const spec = { ...model.spec, config: { 'some.key': value } };
        const read = javaProperties(serverProperties({ ...model, spec }, pool, settings));
        assert.equal(read.get('some.key'), value);
        assert.equal(read.get('process.roles'), 'broker,controller');
      }),
      { examples: [[' led by a space'], ['a\\b'], ['a\nlog.dirs=/tmp'], ['ü€😀'], ['\t'], ['#']] },
    );
  });
});
